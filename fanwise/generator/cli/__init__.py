"""The command line: `gen run`, `check`, `plan`, `preview`, `audit`, `schema`, `init`."""

from fanwise.generator.cli.entry import main

__all__ = ["main"]
