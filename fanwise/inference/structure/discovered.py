"""Segments that discovery found: a model assigns all customers, and their table gets a column of them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from fanwise.inference.model import Column, Table, data_sql
from fanwise.inference.naming import is_person
from fanwise.inference.sources.opening import Opened
from fanwise.inference.yaml_text import name_of
from fanwise.io.errors import InputError
from fanwise.io.quoting import quote_ident
from fanwise.segmenter.api import assign_source
from fanwise.segmenter.assignment.batches import live_axes
from fanwise.segmenter.model.io import load_model

if TYPE_CHECKING:
    import polars as pl

    from fanwise.io.tables import Location

__all__ = ["add_segments", "assigned", "located"]

_KNOWN = 0.9
_ID, _SEGMENT = "customer_id", "segment"


def located(source: Location) -> str | Path:
    """Return the location of a source that a model can be used with (InputError for frames and connections)."""
    if not isinstance(source, str | Path):
        raise InputError("FW-USAGE-VALUE", "a model needs a source with a location", "give a folder or a URL.")
    return source


def assigned(model_file: str | Path, location: str | Path) -> pl.DataFrame:
    """Return the segment of each customer: its archetype, or the segment of the model's first axis that has some.

    Raises ModelError for a model that cannot be used, and what `assign_source` raises for the source.
    """
    import polars as pl

    model = load_model(model_file)
    axes = [axis.axis for axis in live_axes(model)]
    column = "archetype" if model.archetypes else axes[0] if axes else ""
    if not column:
        raise InputError("FW-USAGE-VALUE", f"--model {model_file}: the model has no segments", "use --by instead.")
    with TemporaryDirectory(prefix="fanwise-infer-") as folder:
        target = Path(folder) / "segments.parquet"
        assign_source(model, location, target)
        frame = pl.read_parquet(target)
    return frame.select(pl.col(_ID).cast(pl.String), pl.col(column).cast(pl.String).alias(_SEGMENT))


def add_segments(found: Opened, frame: pl.DataFrame, column: str = "") -> str:
    """Add the segments to the table of the customers and return TABLE.COLUMN (InputError where none has their ids).

    column: its name; one that is there is replaced. Without it, the name is new.
    """
    stream = found.session.load(f"SELECT * FROM {found.session.stream(frame)}")
    for table in sorted(found.source.tables.values(), key=lambda each: not is_person(each.name)):
        if len(table.key) != 1 or not table.rows:
            continue
        key, home = quote_ident(table.key[0]), data_sql(table.name)
        same = f"CAST(t.{key} AS VARCHAR) = s.{_ID}"
        known = found.session.rows(f"SELECT count(*) FROM {home} AS t JOIN {stream} AS s ON {same}")[0][0]
        if known >= _KNOWN * frame.height:
            return _joined(found, table, f"LEFT JOIN {stream} AS s ON {same}", column)
    raise InputError(
        "FW-USAGE-VALUE", "--model: no table has the customers of the model as its key", "use --by instead."
    )


def _joined(found: Opened, table: Table, join: str, column: str) -> str:
    name = column or name_of(_SEGMENT, {each.lower() for each in table.columns})
    home = data_sql(table.name)
    others = ", ".join(f"t.{quote_ident(each)}" for each in table.columns if each != name)
    select = f"SELECT {others}, s.{_SEGMENT} AS {quote_ident(name)} FROM {home} AS t {join}"
    found.session.execute(f"CREATE OR REPLACE TABLE {home} AS {select}")
    count, distinct = found.session.rows(f"SELECT count({name}), count(DISTINCT {name}) FROM {home}")[0]
    table.columns[name] = Column(name, "text", "VARCHAR", count, distinct)
    return f"{table.name}.{name}"
