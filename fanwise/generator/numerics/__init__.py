"""Random bits and exactly rounded functions: the same numbers on every machine."""
