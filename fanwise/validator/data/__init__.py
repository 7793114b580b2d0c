"""The data under audit: sources, files, types, and the DuckDB session that reads them."""
