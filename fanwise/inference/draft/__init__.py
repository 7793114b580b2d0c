"""The schema as a draft, and as commented YAML."""
