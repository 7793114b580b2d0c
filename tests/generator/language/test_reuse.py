"""Mixins, included files and keys without columns: what they mean, where problems are, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from fanwise.generator.errors import SchemaError
from fanwise.generator.language import load
from tests.invariants.laws import assert_laws, assert_same, tables

SHORT = """
fanwise: 1
name: short
mixins:
  timed: {columns: {created_at: {timestamp: {between: [2024-01-01, 2025-01-01]}}}}
  audited:
    use: [timed]
    columns: {updated_at: {after: {column: created_at, lag: {exponential: {mean: 2d}}}}}
tables:
  customer: {rows: 40, key: customer_id, use: audited}
  order:
    parent: customer
    fanout: {poisson: {mean: 3}}
    key: order_id
    columns: {amount: {gamma: {mean: 9, shape: 2}}}
    use: [timed]
  line:
    parent: order
    fanout: {fixed: 2}
    key: [order_id, line_no]
    columns: {line_no: {ordinal: {}}, quantity: {poisson: {mean: 2}}}
"""
LONG = """
fanwise: 1
name: short
tables:
  customer:
    rows: 40
    key: customer_id
    columns:
      customer_id: {sequence: {}}
      created_at: {timestamp: {between: [2024-01-01, 2025-01-01]}}
      updated_at: {after: {column: created_at, lag: {exponential: {mean: 2d}}}}
  order:
    parent: customer
    fanout: {poisson: {mean: 3}}
    key: order_id
    columns:
      order_id: {sequence: {}}
      customer_id: {parent: customer_id}
      amount: {gamma: {mean: 9, shape: 2}}
      created_at: {timestamp: {between: [2024-01-01, 2025-01-01]}}
  line:
    parent: order
    fanout: {fixed: 2}
    key: [order_id, line_no]
    columns:
      order_id: {parent: order_id}
      line_no: {ordinal: {}}
      quantity: {poisson: {mean: 2}}
"""


def test_the_short_form_means_the_long_one() -> None:
    short, long = assert_laws(SHORT), tables(LONG)

    assert {name: sorted(frame.columns) for name, frame in short.items()} == {
        n: sorted(f.columns) for n, f in long.items()
    }
    assert_same({name: frame.select(long[name].columns) for name, frame in short.items()}, long)
    assert short["order"].columns == ["order_id", "customer_id", "amount", "created_at"]
    assert short["line"].columns[0] == "order_id"


@pytest.mark.parametrize(
    "columns",
    ["{customer_id: {sequence: {}}}", "{owner: {parent: customer_id}}", "{owner: {expr: customer.customer_id}}"],
)
def test_what_is_written_is_not_added(columns: str) -> None:
    text = (
        "fanwise: 1\nname: s\ntables:\n  customer: {rows: 3, key: customer_id}\n"
        f"  order: {{parent: customer, fanout: {{fixed: 1}}, columns: {columns}}}\n"
    )

    assert len(load(text).tables["order"].columns) == 1


def test_own_columns_come_before_those_of_a_mixin() -> None:
    text = """
fanwise: 1
name: s
mixins: {m: {columns: {a: {constant: 1}, b: {constant: 2}}}}
tables: {t: {rows: 2, use: m, columns: {b: {constant: 3}}}}
"""
    frame = tables(text)["t"]

    assert frame.row(0) == (3, 1)
    assert frame.columns == ["b", "a"]


def test_a_problem_of_a_mixin_is_shown_once_where_it_is_written() -> None:
    text = SHORT.replace("lag: {exponential: {mean: 2d}}", "lag: {exponential: {mean: -2}}").replace(
        "use: [timed]\n  line", "use: [audited]\n  line"
    )
    with pytest.raises(SchemaError) as caught:
        load(text)
    (problem,) = caught.value.problems

    assert problem.path == "mixins.audited.columns.updated_at.after.lag.exponential.mean"
    assert problem.mark.line == 8


MIXINS = {
    "unknown": ("mixins: {a: {columns: {x: {uuid: {}}}}}", "use: [b]", "unknown mixin 'b'", "tables.t.use[0]"),
    "cycle": ("mixins: {a: {use: [b]}, b: {use: [a]}}", "use: [a]", "in a circle: a > b > a", "mixins.a.use"),
    "twice": (
        "mixins: {a: {columns: {x: {uuid: {}}}}, b: {columns: {x: {uuid: {}}}}}",
        "use: [a, b]",
        "'x' comes from the mixin a and from b",
        "tables.t.use[1]",
    ),
    "unknown in a mixin": ("mixins: {a: {use: [c]}}", "use: [a]", "unknown mixin 'c'", "mixins.a.use[0]"),
}


@pytest.mark.parametrize("name", MIXINS)
def test_mixins_that_cannot_be_used_are_told(name: str) -> None:
    mixins, use, why, path = MIXINS[name]
    with pytest.raises(SchemaError) as caught:
        load(f"fanwise: 1\nname: s\n{mixins}\ntables:\n  t: {{rows: 2, key: id, {use}}}\n")
    (problem,) = caught.value.problems

    assert why in problem.why
    assert problem.path == path
    assert problem.mark.line == (3 if path.startswith("mixins") else 5)
    assert problem.hint


BASE = """
window: {start: 2024-01-01, end: 2025-01-01}
segments: {tier: {table: customer, share: {VIP: 0.5, Rest: 0.5}}}
mixins: {timed: {columns: {at: {timestamp: {between: [window.start, window.end]}}}}}
tables:
  customer: {rows: 30, key: id, use: timed, columns: {tier: {segment: tier}}}
checks:
  - customer.id > 0
"""
MAIN = """
fanwise: 1
name: main
include: parts/base.yaml
tables:
  order:
    parent: customer
    fanout: {poisson: {mean: {tier: {VIP: 3, Rest: 1}}}}
    key: order_id
    use: timed
checks:
  - order.order_id > 0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "base.yaml").write_text(BASE)
    (tmp_path / "main.yaml").write_text(MAIN)
    return tmp_path


def test_an_included_file_means_what_it_says_here(folder: Path) -> None:
    whole = load(folder / "main.yaml")
    together = MAIN.replace("include: parts/base.yaml\n", BASE.split("tables:")[0]).replace(
        "tables:\n", "tables:\n  customer: {rows: 30, key: id, use: timed, columns: {tier: {segment: tier}}}\n"
    )

    assert list(whole.tables) == ["customer", "order"]
    assert [check.expression.text for check in whole.checks] == ["customer.id > 0", "order.order_id > 0"]
    assert_same(tables(folder / "main.yaml"), tables(together))


def test_the_hash_is_that_of_both_files(folder: Path) -> None:
    before = load(folder / "main.yaml").sha256
    (folder / "parts" / "base.yaml").write_text(BASE + "\n")

    assert load(folder / "main.yaml").sha256 != before


def test_a_problem_in_the_other_file_has_its_file_and_line(folder: Path) -> None:
    (folder / "parts" / "base.yaml").write_text(
        BASE.replace("customer.id > 0", "customer.ido > 0").replace("rows: 30", "rows: x")
    )
    with pytest.raises(SchemaError) as caught:
        load(folder / "main.yaml")
    places = {
        (problem.file.rsplit("/", 2)[-2:][1], problem.mark.line, problem.path) for problem in caught.value.problems
    }

    assert ("base.yaml", 6, "tables.customer.rows") in places
    assert ("base.yaml", 8, "checks[0]") in places


def test_a_check_after_included_ones_keeps_its_own_line(folder: Path) -> None:
    (folder / "main.yaml").write_text(MAIN.replace("order.order_id > 0", "order.nothing > 0"))
    with pytest.raises(SchemaError) as caught:
        load(folder / "main.yaml")

    assert caught.value.problems[0].mark.line == 12
    assert caught.value.problems[0].path == "checks[0]"


INCLUDES = {
    "outside": ("../base.yaml", "is not a path below the schema's folder"),
    "missing": ("parts/bas.yaml", "there is no file 'parts/bas.yaml'"),
    "itself": ("main.yaml", "include each other in a circle"),
    "a circle": ("parts/circle.yaml", "include each other in a circle"),
    "the same name": ("parts/same.yaml", "'order' is in"),
    "a list": ("parts/list.yaml", "holds no tables"),
}


@pytest.mark.parametrize("name", INCLUDES)
def test_what_cannot_be_included_is_told(folder: Path, name: str) -> None:
    file, why = INCLUDES[name]
    (folder / "parts" / "circle.yaml").write_text("include: parts/circle2.yaml\n")
    (folder / "parts" / "circle2.yaml").write_text("include: parts/circle.yaml\n")
    (folder / "parts" / "same.yaml").write_text(BASE.replace("  customer:", "  order: {rows: 1, key: a}\n  customer:"))
    (folder / "parts" / "list.yaml").write_text("- 1\n")
    (folder / "main.yaml").write_text(MAIN.replace("parts/base.yaml", file))
    with pytest.raises(SchemaError) as caught:
        load(folder / "main.yaml")
    problem = next(problem for problem in caught.value.problems if why in problem.why)

    assert problem.code == "FW-SCHEMA-INCLUDE"
    assert problem.mark is not None
    assert problem.hint


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "base.yaml"
    outside.write_text(BASE)
    (folder / "parts" / "base.yaml").unlink()
    (folder / "parts" / "base.yaml").symlink_to(outside)
    with pytest.raises(SchemaError, match="leads out of the schema's folder"):
        load(folder / "main.yaml")
