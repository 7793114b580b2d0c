"""`gen check --watch` and `--serve`: check a schema whenever it is saved, on the terminal or on a page."""
