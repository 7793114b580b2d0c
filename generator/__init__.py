"""Relational data whose segments really differ: the language, the engine and the command line."""
