"""The model of discovered segments: its file, scaling and labels."""
