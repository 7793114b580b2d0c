"""The structure of a source: keys, references, paths and segments."""
