"""Segment discovery: the segments that are in existing orders, kept as a model that assigns every customer.

    from fanwise import segmenter

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
    from fanwise.segmenter.api import Discovered as Discovered
    from fanwise.segmenter.api import assign_customer as assign_customer
    from fanwise.segmenter.api import assign_source as assign_source
    from fanwise.segmenter.api import compare_source as compare_source
    from fanwise.segmenter.api import discover as discover
    from fanwise.segmenter.api import drift_source as drift_source
    from fanwise.segmenter.api import profile_source as profile_source
    from fanwise.segmenter.api import refresh_source as refresh_source
    from fanwise.segmenter.api import save_source as save_source
    from fanwise.segmenter.assignment.archetypes import find_archetypes as find_archetypes
    from fanwise.segmenter.assignment.customer import Assignment as Assignment
    from fanwise.segmenter.assignment.customer import assign_one as assign_one
    from fanwise.segmenter.assignment.population import Assigned as Assigned
    from fanwise.segmenter.assignment.population import assign as assign
    from fanwise.segmenter.assignment.population import assign_to as assign_to
    from fanwise.segmenter.axes import FeatureTable as FeatureTable
    from fanwise.segmenter.clustering.fit import fit as fit
    from fanwise.segmenter.errors import DiscoveryError as DiscoveryError
    from fanwise.segmenter.errors import MappingError as MappingError
    from fanwise.segmenter.errors import ModelError as ModelError
    from fanwise.segmenter.errors import OutputError as OutputError
    from fanwise.segmenter.errors import Problem as Problem
    from fanwise.segmenter.errors import SourceError as SourceError
    from fanwise.segmenter.features.building import build_features as build_features
    from fanwise.segmenter.ingest.source import Source as Source
    from fanwise.segmenter.ingest.source import open_frames as open_frames
    from fanwise.segmenter.ingest.source import open_source as open_source
    from fanwise.segmenter.model.io import load_model as load_model
    from fanwise.segmenter.model.io import model_id as model_id
    from fanwise.segmenter.model.io import save_model as save_model
    from fanwise.segmenter.model.labels import name_segments as name_segments
    from fanwise.segmenter.model.model import Model as Model
    from fanwise.segmenter.monitor.compare import Comparison as Comparison
    from fanwise.segmenter.monitor.compare import compare as compare
    from fanwise.segmenter.monitor.drift import Drift as Drift
    from fanwise.segmenter.monitor.drift import drift as drift
    from fanwise.segmenter.monitor.refresh import Refreshed as Refreshed
    from fanwise.segmenter.monitor.refresh import refresh as refresh
    from fanwise.segmenter.report.profile import Profile as Profile
    from fanwise.segmenter.report.profile import profile as profile
    from fanwise.segmenter.session import Place as Place
    from fanwise.segmenter.stores import Saved as Saved
    from fanwise.segmenter.stores import save as save

_HOMES = {
    "Assigned": "assignment.population",
    "Assignment": "assignment.customer",
    "Comparison": "monitor.compare",
    "Discovered": "api",
    "DiscoveryError": "errors",
    "Drift": "monitor.drift",
    "FeatureTable": "axes",
    "MappingError": "errors",
    "Model": "model.model",
    "ModelError": "errors",
    "OutputError": "errors",
    "Place": "session",
    "Problem": "errors",
    "Profile": "report.profile",
    "Refreshed": "monitor.refresh",
    "Saved": "stores",
    "Source": "ingest.source",
    "SourceError": "errors",
    "assign": "assignment.population",
    "assign_customer": "api",
    "assign_one": "assignment.customer",
    "assign_source": "api",
    "assign_to": "assignment.population",
    "build_features": "features.building",
    "compare": "monitor.compare",
    "compare_source": "api",
    "discover": "api",
    "drift": "monitor.drift",
    "drift_source": "api",
    "find_archetypes": "assignment.archetypes",
    "fit": "clustering.fit",
    "load_model": "model.io",
    "model_id": "model.io",
    "name_segments": "model.labels",
    "open_frames": "ingest.source",
    "open_source": "ingest.source",
    "profile": "report.profile",
    "profile_source": "api",
    "refresh": "monitor.refresh",
    "refresh_source": "api",
    "save": "stores",
    "save_model": "model.io",
    "save_source": "api",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'fanwise.segmenter' has no attribute '{name}'")
    return getattr(import_module(f"fanwise.segmenter.{home}"), name)


def __dir__() -> list[str]:
    return __all__
