"""Parts, the journal of a run, staging, and the swap that publishes a folder."""
