"""From a model and features to segments, for a population or one customer."""
