"""`gen doctor`: what is installed, what is missing, and the command that installs it."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Callable
from typing import Any

import pytest

from fanwise.generator.cli import doctor
from fanwise.generator.cli.doctor import needs

Gen = Callable[..., Any]


def test_a_complete_installation_is_told_so(gen: Gen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "needs", lambda: needs(["polars<99,>=0.1", "duckdb<99,>=0.1"]))
    said = gen("doctor")

    assert said.code == 0
    assert said.out.splitlines()[-1] == "Every feature can be used."
    assert ["polars", importlib.metadata.version("polars"), "<99,>=0.1"] in [
        line.split() for line in said.out.splitlines()
    ]


def test_a_missing_extra_is_named_with_what_installs_it(gen: Gen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "needs", lambda: needs(["polars>=0.1", "no-such-lake<2,>=1; extra == 'delta'"]))
    said = gen("doctor")

    assert said.code == 0  # the default installation is complete
    assert "For Delta Lake (--to delta:///): pip install --upgrade 'fanwise[delta]'" in said.out


@pytest.mark.parametrize(("wanted", "state"), [(">=999", "too old"), ("<0.1", "too new"), ("<99,>=0.1", "ok")])
def test_a_version_outside_of_the_range_is_told(
    gen: Gen, monkeypatch: pytest.MonkeyPatch, wanted: str, state: str
) -> None:
    monkeypatch.setattr(doctor, "needs", lambda: needs([f"polars{wanted}"]))
    said = gen("doctor", "--json")
    document = json.loads(said.out)

    assert said.code == document["exit_code"] == (0 if state == "ok" else 2)
    assert [(need["package"], need["state"]) for need in document["needs"]] == [("polars", state)]


def test_java_is_needed_beside_pyspark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)

    found = {need.package: need.state for need in needs(["polars>=0.1; extra == 'spark'"])}

    assert found == {"polars": "ok", "Java": "missing"}


def test_every_requirement_of_the_default_installation_and_of_each_extra_is_looked_at() -> None:
    """Those of developers, `dev` and `docs`, are none of a user's."""
    requirements = importlib.metadata.requires("fanwise") or []
    declared = [text for text in requirements if "'dev'" not in text and "'docs'" not in text]

    found = [need for need in needs() if need.package != "Java"]

    assert len(found) == len(declared)
    assert {need.extra for need in found} == set(doctor._FEATURES)


def test_it_fits_80_columns(gen: Gen) -> None:
    assert max(map(len, gen("doctor").out.splitlines()[1:])) <= 80
