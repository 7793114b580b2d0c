"""Names to paths, parameters to their final types: what a good schema becomes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from fanwise.generator.errors import SchemaError
from fanwise.generator.language import Dataset, load
from fanwise.generator.language.spec import ByKey, End, Generator, Path

GRAPH = """\
fanwise: 1
name: graph
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: person, share: {VIP: 0.25, Casual: 0.75}}
  region: {table: site, share: {N: 0.5, S: 0.5}}
  size: {table: visit, share: {big: 0.5, small: 0.5}}
tables:
  person:
    rows: 10
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      boss: {ref: person}
      born: {date: {between: [1950-01-01, 2000-01-01]}}
      points: {integer: {min: 0, max: 9}}
  site:
    rows: 3
    key: [code, part]
    columns:
      code: {pattern: "S{seq:03}"}
      part: {ordinal_of: {}}
      region_name: {segment: region}
      owner: {ref: person}
  visit:
    parent: site
    fanout: {poisson: {mean: 3}, multiplier: {region: {N: 2, S: 1}, owner.tier: {VIP: 3, else: 1}}}
    key: id
    columns:
      id: {sequence: {}}
      size: {segment: size}
      guest: {ref: person, weight: points, multiplier: {tier: {VIP: 2, else: 1}}}
      host: {ref: person}
      site_code: {parent: code}
      at: {timestamp: {between: [guest.born, 2030-01-01T12:30]}}
""".replace("part: {ordinal_of: {}}", "part: {constant: 1}")


def with_columns(*columns: str, table: str = "visit") -> Dataset:
    lines = "".join(f"      {column}\n" for column in columns)
    where = GRAPH.index("columns:\n", GRAPH.index(f"  {table}:\n")) + len("columns:\n")
    return load(GRAPH[:where] + lines + GRAPH[where:])


def path_of(name: str, table: str = "visit") -> Path:
    dataset = with_columns(f"probe: {{expr: {name}}}", table=table)
    path: Path = dataset.tables[table].columns["probe"].generator.params["expression"].names[name]
    return path


def written(path: Path) -> str:
    steps = [step.table if step.column is None else f"{step.column}>{step.table}" for step in path.steps]
    return " ".join([path.table, *steps, f"{path.target}.{path.column}"])


@pytest.mark.parametrize(
    ("name", "table", "expected"),
    [
        ("size", "visit", "visit visit.size"),
        ("visit.size", "visit", "visit visit.size"),
        ("region", "visit", "visit site site.region_name"),
        ("site.region_name", "visit", "visit site site.region_name"),
        ("site.region", "visit", "visit site site.region_name"),
        ("guest.tier", "visit", "visit guest>person person.tier"),
        ("guest.points", "visit", "visit guest>person person.points"),
        ("owner.tier", "visit", "visit site owner>person person.tier"),
        ("site.owner.points", "visit", "visit site owner>person person.points"),
        ("site.person.points", "visit", "visit site owner>person person.points"),
        ("guest.boss.points", "visit", "visit guest>person boss>person person.points"),
        ("site_code.region", "visit", "visit site site.region_name"),
        ("tier", "site", "site owner>person person.tier"),
        ("person.points", "site", "site owner>person person.points"),
        ("boss.points", "person", "person boss>person person.points"),
        ("person.points", "person", "person person.points"),
        ("tier", "person", "person person.tier"),
    ],
)
def test_a_name_is_the_path_from_its_first_distinguishing_step(name: str, table: str, expected: str) -> None:
    assert expected == written(path_of(name, table))


def test_a_path_to_a_segment_column_knows_its_axis() -> None:
    assert path_of("region").axis == "region"
    assert path_of("site.region_name").axis == "region"
    assert path_of("site.code").axis is None


def test_several_paths_are_listed_as_they_can_be_written() -> None:
    with pytest.raises(SchemaError) as caught:
        path_of("tier")

    assert "site.tier, guest.tier, host.tier" in str(caught.value)


def test_every_listed_way_resolves() -> None:
    with pytest.raises(SchemaError) as caught:
        path_of("person.points")
    ways = str(caught.value).split("'person.points': ")[-1].split(". Hint")[0].split(", ")

    assert len({written(path_of(way)) for way in ways}) == 3


def test_a_fanout_sees_the_parent_row() -> None:
    fanout = load(GRAPH).tables["visit"].fanout

    assert fanout is not None
    assert [written(multiplier.path) for multiplier in fanout.generator.multipliers] == [
        "site site.region_name",
        "site owner>person person.tier",
    ]


def test_names_of_a_ref_belong_to_the_table_referred_to() -> None:
    ref = load(GRAPH).tables["visit"].columns["guest"].generator

    assert (ref.params["table"], ref.params["column"]) == ("person", "id")
    assert written(ref.params["weight"]) == "person person.points"
    assert [written(multiplier.path) for multiplier in ref.multipliers] == ["person person.tier"]
    assert dict(ref.multipliers[0].factors) == {"VIP": 2.0}
    assert ref.multipliers[0].default == 1.0


def test_ends_are_instants_or_paths() -> None:
    params = load(GRAPH).tables["visit"].columns["at"].generator.params

    assert written(params["start"].path) == "visit guest>person person.born"
    moment = dt.datetime(2030, 1, 1, 12, 30, tzinfo=dt.UTC)
    assert End(instant=int(moment.timestamp()) * 1_000_000) == params["end"]
    assert params["curve"] is None


def test_an_axis_of_a_child_is_random_and_of_a_root_balanced() -> None:
    axes = load(GRAPH).axes

    assert {a.name: a.assign for a in axes.values()} == {"tier": "balanced", "region": "balanced", "size": "random"}
    assert (axes["region"].table, axes["region"].column, axes["region"].segments) == ("site", "region_name", ("N", "S"))


def generator(text: str) -> Generator:
    return with_columns(f"probe: {text}").tables["visit"].columns["probe"].generator


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{sequence: {}}", {"start": 1, "step": 1}),
        ("{sequence: {start: 1e3}}", {"start": 1000, "step": 1}),
        ("{ordinal: {start: 0, step: 5}}", {"start": 0, "step": 5}),
        ("{uuid: {}}", {}),
        ("{constant: 010}", {"value": 10}),
        ("{constant: NO}", {"value": "NO"}),
        ("{pattern: '##'}", {"text": "##"}),
        ("{parent: code}", {"column": "code"}),
        ("{normal: {mean: 5, sd: 1}}", {"mean": 5.0, "sd": 1.0}),
        ("{fixed: 3}", {"value": 3.0}),
        ("{fake: name}", {"provider": "name", "locale": "en_US"}),
        ("{fake: {provider: city, locale: de_DE}}", {"provider": "city", "locale": "de_DE"}),
        ("{histogram: {edges: [0, 1, 5], weights: [1, 3]}}", {"edges": (0.0, 1.0, 5.0), "weights": (1.0, 3.0)}),
        ("{choice: {1: 2, 2: 1}}", {"options": ((1, 2.0), (2, 1.0))}),
        ("{choice: {1: 2, 2.5: 1}}", {"options": ((1, 2.0), (2.5, 1.0))}),
        ("{choice: {true: 2, false: 1}}", {"options": ((True, 2.0), (False, 1.0))}),
        ("{choice: {01: 2, 2: 1}}", {"options": (("01", 2.0), ("2", 1.0))}),
        ("{choice: {1e3: 2, 2: 1}}", {"options": (("1e3", 2.0), ("2", 1.0))}),
        ("{choice: {NO: 2, null: 1}}", {"options": (("NO", 2.0), ("null", 1.0))}),
        (
            "{ref: person, weight: {zipf: 1.1}}",
            {"table": "person", "column": "id", "weight": 1.1, "distinct_in": None, "within": None},
        ),
    ],
)
def test_parameters_have_their_final_type(text: str, expected: dict[str, Any]) -> None:
    params = dict(generator(text).params)

    assert expected == params
    assert [type(value) for value in expected.values()] == [type(value) for value in params.values()]


def test_a_parameter_per_segment_keeps_the_order_of_the_file() -> None:
    found = generator("{normal: {mean: {region: {S: 1, N: 2}}, sd: 1}}").params["mean"]

    assert isinstance(found, ByKey)
    assert list(found.values.items()) == [("S", 1.0), ("N", 2.0)]
    assert (found.default, written(found.path)) == (None, "visit site site.region_name")


def test_durations_are_seconds() -> None:
    lag = generator("{after: {column: at, lag: {gamma: {mean: {size: {big: 2d, small: 90s}}, shape: 2}}}}").params[
        "lag"
    ]

    assert (lag.kind, lag.params["shape"]) == ("gamma", 2.0)
    assert dict(lag.params["mean"].values) == {"big": 172800.0, "small": 90.0}


def test_modifiers() -> None:
    column = (
        with_columns(
            "probe: {poisson: {mean: 3}, clamp: [null, 5], round: 1, null: 2%, hidden: true, "
            "when: {size: {big: 7, small: {integer: {min: 0, max: 1}}}}, type: 'decimal( 8 , 2 )'}"
        )
        .tables["visit"]
        .columns["probe"]
    )

    assert (column.clamp, column.round, column.null) == ((None, 5.0), 1, 0.02)
    assert (column.hidden, column.unique, column.type) == (True, False, "decimal(8,2)")
    assert column.when is not None
    assert column.when.cases["big"] == 7
    replacement = column.when.cases["small"]
    assert isinstance(replacement, Generator)
    assert (replacement.kind, dict(replacement.params)) == ("integer", {"min": 0.0, "max": 1.0})


def test_expressions_are_compiled_and_their_names_found() -> None:
    expression = generator('{expr: "guest.points * 2 + length(size)"}').params["expression"]

    assert {"guest.points", "size"} == set(expression.names)
    assert expression.compiled.names == ("guest.points", "size")


def test_a_check_is_about_the_table_that_reaches_the_others() -> None:
    dataset = load(GRAPH + "checks:\n  - guest.points >= site.owner.points\n  - visit.at >= guest.born\n")

    assert [check.table for check in dataset.checks] == ["visit", "visit"]


def test_a_check_may_start_at_a_foreign_key_column() -> None:
    dataset = load(GRAPH + "checks:\n  - guest.points >= 0\n  - site_code.part > 0\n")

    assert [check.table for check in dataset.checks] == ["visit", "visit"]
    assert [
        [step.table for path in check.expression.names.values() for step in path.steps] for check in dataset.checks
    ] == [["person"], ["site"]]


def test_an_alias_may_stand_for_a_part() -> None:
    dataset = load(GRAPH.replace("rows: 10", "rows: &n 10").replace("rows: 3", "rows: *n"))

    assert dataset.tables["site"].rows == 10
