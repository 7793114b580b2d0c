"""Renderers: each lays out any document in one format."""
