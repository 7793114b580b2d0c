"""A run: stage, generate, audit, publish; shards, resuming and merging."""
