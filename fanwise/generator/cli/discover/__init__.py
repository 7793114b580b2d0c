"""The discovery commands of the command line."""
