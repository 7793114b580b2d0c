"""Means and variances of generated columns: declared, per cell, and propagated along the table graph."""
