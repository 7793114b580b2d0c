"""Relational data whose segments really differ: generated, audited, discovered.

    >>> import fanwise
    >>> fanwise.dataset("ecommerce", rows={"customer": 5})["customer"].height
    5

Importing this package is light; each part is imported when its first name is used. More names stand in the packages
`fanwise.validator` (contracts, reports, forecasts) and `fanwise.segmenter` (models, assignment, drift).
"""

from fanwise.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__)
