"""What several column kinds are built on; no kind is defined here."""
