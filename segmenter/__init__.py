"""Segment discovery: the segments that are in existing orders, kept as a model that assigns every customer."""
