"""The language and the engine: YAML text to planned, generated, audited and published tables."""
