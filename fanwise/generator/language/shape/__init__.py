"""The JSON Schema pass over a document, and its messages."""
