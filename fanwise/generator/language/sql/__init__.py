"""The expression language: grammar of the text, tree of Polars' SQL parser, and operations on columns."""
