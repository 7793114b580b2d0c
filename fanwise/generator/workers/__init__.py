"""Runs on several processes of this machine: workers count, make, write and hash the part files."""
