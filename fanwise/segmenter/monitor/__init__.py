"""Models compared with each other and over time."""
