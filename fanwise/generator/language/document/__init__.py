"""YAML text to a document with line marks."""
