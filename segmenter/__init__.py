"""Segment discovery: the segments that are in existing orders, kept as a model that assigns every customer.

    import segmenter

    found = segmenter.discover("data/shop")              # a folder, a file, a database
    segmenter.save_model(found.model, "model.json")
    segmenter.assign_source(found.model, "data/shop", "segments.parquet")

Functions of a source end in `_source`; those without take features, as `build_features` makes them. Importing this
package is light; what a function needs is imported by the first call.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segmenter.archetypes import find_archetypes as find_archetypes
    from segmenter.assigning import Assigned as Assigned
    from segmenter.assigning import assign as assign
    from segmenter.assigning import assign_to as assign_to
    from segmenter.axes import FeatureTable as FeatureTable
    from segmenter.comparing import Comparison as Comparison
    from segmenter.comparing import compare as compare
    from segmenter.drifting import Drift as Drift
    from segmenter.drifting import drift as drift
    from segmenter.errors import DiscoveryError as DiscoveryError
    from segmenter.errors import MappingError as MappingError
    from segmenter.errors import ModelError as ModelError
    from segmenter.errors import OutputError as OutputError
    from segmenter.errors import Problem as Problem
    from segmenter.errors import SourceError as SourceError
    from segmenter.features.building import build_features as build_features
    from segmenter.fitting import fit as fit
    from segmenter.model import Model as Model
    from segmenter.model_file import load_model as load_model
    from segmenter.model_file import model_id as model_id
    from segmenter.model_file import save_model as save_model
    from segmenter.naming import name_segments as name_segments
    from segmenter.one import Assignment as Assignment
    from segmenter.one import assign_one as assign_one
    from segmenter.opening import Place as Place
    from segmenter.profiling import Profile as Profile
    from segmenter.profiling import profile as profile
    from segmenter.refreshing import Refreshed as Refreshed
    from segmenter.refreshing import refresh as refresh
    from segmenter.saving import Saved as Saved
    from segmenter.saving import save as save
    from segmenter.source import Source as Source
    from segmenter.source import open_frames as open_frames
    from segmenter.source import open_source as open_source
    from segmenter.verbs import Discovered as Discovered
    from segmenter.verbs import assign_customer as assign_customer
    from segmenter.verbs import assign_source as assign_source
    from segmenter.verbs import compare_source as compare_source
    from segmenter.verbs import discover as discover
    from segmenter.verbs import drift_source as drift_source
    from segmenter.verbs import profile_source as profile_source
    from segmenter.verbs import refresh_source as refresh_source
    from segmenter.verbs import save_source as save_source

_HOMES = {
    "Assigned": "assigning",
    "Assignment": "one",
    "Comparison": "comparing",
    "Discovered": "verbs",
    "DiscoveryError": "errors",
    "Drift": "drifting",
    "FeatureTable": "axes",
    "MappingError": "errors",
    "Model": "model",
    "ModelError": "errors",
    "OutputError": "errors",
    "Place": "opening",
    "Problem": "errors",
    "Profile": "profiling",
    "Refreshed": "refreshing",
    "Saved": "saving",
    "Source": "source",
    "SourceError": "errors",
    "assign": "assigning",
    "assign_customer": "verbs",
    "assign_one": "one",
    "assign_source": "verbs",
    "assign_to": "assigning",
    "build_features": "features.building",
    "compare": "comparing",
    "compare_source": "verbs",
    "discover": "verbs",
    "drift": "drifting",
    "drift_source": "verbs",
    "find_archetypes": "archetypes",
    "fit": "fitting",
    "load_model": "model_file",
    "model_id": "model_file",
    "name_segments": "naming",
    "open_frames": "source",
    "open_source": "source",
    "profile": "profiling",
    "profile_source": "verbs",
    "refresh": "refreshing",
    "refresh_source": "verbs",
    "save": "saving",
    "save_model": "model_file",
    "save_source": "verbs",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'segmenter' has no attribute '{name}'")
    return getattr(import_module(f"segmenter.{home}"), name)


def __dir__() -> list[str]:
    return __all__
