"""The language: YAML text to a frozen, fully resolved `Dataset`. Each name is imported when it is first used."""

from fanwise.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__)
