"""Segment discovery: the segments that are in existing orders, kept as a model that assigns every customer.

    from fanwise import segmenter

    found = segmenter.discover("data/shop")              # a folder, a file, a database
    segmenter.save_model(found.model, "model.json")
    segmenter.assign_source(found.model, "data/shop", "segments.parquet")

Functions of a source end in `_source`; those without take features, as `build_features` makes them. Importing this
package is light; what a function needs is imported by the first call.
"""

from fanwise.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__)
