"""A run: generate, audit, publish. Also shards, resuming and merging."""
