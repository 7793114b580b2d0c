"""Text for people: numbers, lines, tables, documents and pages. Nothing here knows what the text is about."""
