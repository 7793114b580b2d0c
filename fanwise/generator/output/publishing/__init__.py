"""Part files, the journal of a run, the staging folder, and the swap that publishes it."""
