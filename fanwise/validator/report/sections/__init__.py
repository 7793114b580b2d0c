"""Sections of the document: each function turns a report into one section, or None where it has nothing to say."""
