"""docs/discovery-sources.md: its mapping is read, its tables are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

from fanwise.segmenter.axes import FEATURES
from fanwise.segmenter.features.availability import WHERE
from fanwise.segmenter.ingest.fields import ROLES
from fanwise.segmenter.ingest.mapping import KEYS, read_mapping

PAGE = (Path(__file__).parents[3] / "docs" / "discovery-sources.md").read_text(encoding="utf-8")


def rows(start: str) -> list[list[str]]:
    """Return the cells of the rows of the table whose header begins with `start`."""
    table = PAGE[PAGE.index(f"| {start} |") :].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_the_mapping_is_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "map.yaml").write_text(text)
    found = read_mapping(tmp_path / "map.yaml")

    assert set(re.findall(r"^(\w+):", text, re.MULTILINE)) == set(KEYS)
    assert found.tables["ticket"] is None
    assert found.negative_returns


def test_every_feature_has_its_row() -> None:
    expected = [[f"`{f.name}`", ", ".join(sorted(f.needs)) or "–", str(f.min_orders), str(f.scale)] for f in FEATURES]

    assert [[row[0], *row[2:]] for row in rows("feature")] == expected
    assert all(row[1] for row in rows("feature"))


def test_every_table_and_column_has_its_row() -> None:
    expected = [
        [
            f"`{name}`",
            role.about,
            ", ".join(f"`{field}`{'*' if one.required else ''}" for field, one in role.fields.items()),
        ]
        for name, role in ROLES.items()
    ]

    assert rows("table") == expected


def test_every_input_says_where_it_may_come_from() -> None:
    assert {need for feature in FEATURES for need in feature.needs} == set(WHERE)
