"""The page of a dataset: `gen docs`."""
