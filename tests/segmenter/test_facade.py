"""The facade of discovery: light to import, sorted, complete, and typed."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import typing
from pathlib import Path

import pytest

from fanwise import segmenter

HEAVY = ["numpy", "polars", "duckdb", "scipy", "sklearn", "jinja2", "yaml", "rich"]
ASKED_FOR = """
    discover assign assign_one compare drift refresh profile save fit build_features open_source open_frames load_model
    save_model model_id name_segments find_archetypes Model FeatureTable Place
"""


def test_importing_loads_nothing_heavy() -> None:
    text = "import sys, json\nbefore = set(sys.modules)\nimport fanwise.segmenter\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout)

    assert "fanwise.segmenter" in loaded
    assert [name for name in loaded if name.partition(".")[0] in HEAVY] == []
    assert len(loaded) < 20, loaded


def test_every_name_is_there_and_no_other() -> None:
    assert segmenter.__all__ == sorted(segmenter.__all__)
    assert set(ASKED_FOR.split()) <= set(segmenter.__all__)
    assert all(hasattr(segmenter, name) for name in segmenter.__all__)
    assert dir(segmenter) == segmenter.__all__
    with pytest.raises(AttributeError, match="no attribute 'discovered'"):
        segmenter.discovered  # noqa: B018


def test_no_name_hides_a_module() -> None:
    """`segmenter.profile` must stay the function, whichever module is imported later."""
    modules = {path.stem for path in Path(segmenter.__file__).parent.iterdir()}

    assert modules & set(segmenter.__all__) == set()


def test_every_error_is_in_the_facade() -> None:
    from fanwise.segmenter import errors

    assert set(errors.__all__) <= set(segmenter.__all__)


@pytest.mark.parametrize("name", segmenter.__all__)
def test_every_name_has_a_docstring_and_types(name: str) -> None:
    thing = getattr(segmenter, name)

    assert inspect.getdoc(thing)
    if inspect.isfunction(thing):
        hints = thing.__annotations__
        assert set(inspect.signature(thing).parameters) | {"return"} == set(hints)
        assert typing.Any not in hints.values()
