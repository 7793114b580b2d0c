"""The Python API: lazy tables, explanations, pins, and ways to pandas, Arrow, files and databases."""
