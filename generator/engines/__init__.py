"""Where chunks run."""
