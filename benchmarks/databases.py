"""Deliveries to databases, and their own loaders with the same rows, in turn, in one go on one machine.

    python benchmarks/databases.py [--scale 10] [--schema ecommerce] [--only postgresql] [--repeat 3] [--record]

Our side is the delivery of a finished run: reading its Parquet files, loading, keys, foreign keys, indexes and
statistics, and for SQLite the check of the foreign keys. It is the last step of a run, so the clock starts when the
plan is there and the destination is prepared. The processor time of the server is counted on both sides. The other
side has the rows as CSV, made before the clock starts, and loads them with `psql \\copy`, COPY FROM of DuckDB and
`.import` of sqlite3, in one transaction: once into tables that have their keys and indexes, as most people do, and
for PostgreSQL once into bare tables that get them afterwards, as its manual advises. PostgreSQL is a server of our
own with its default settings (`initdb` and `pg_ctl` must be installed); psql and sqlite3 must be on the PATH.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
from measuring import GEN, Cost, comparison, cost_of, middle, options, record, side_of

sys.path.insert(0, str(Path(__file__).parent.parent))  # for the server that the tests use too

from fanwise.generator.language import load
from fanwise.generator.output.destinations import destination
from fanwise.generator.output.destinations.base import Delivery
from fanwise.generator.output.destinations.sqlite import as_sqlite
from fanwise.generator.output.destinations.statements import DUCKDB, POSTGRESQL, SQLITE, Statements
from fanwise.generator.output.manifest import read_manifest
from fanwise.generator.plan import compile_plan
from fanwise.generator.plan.schema import RelationalSchema
from fanwise.io.quoting import quote_ident, quote_text

Sides = Mapping[str, Callable[[], Cost]]


@dataclass(frozen=True, slots=True)
class Work:
    """A finished run in `folder`, its tables as CSV in `csv`, and an empty place for each delivery."""

    name: str
    schema: RelationalSchema
    folder: Path
    csv: Path
    place: Path

    def ours(self, url: str) -> Cost:
        """Return the cost of delivering the run to `url`."""
        found = side_of(__file__, "--deliver", url, "--schema", self.name, "--from", str(self.folder))
        return Cost(found["wall"], found["processor"], found["peak"])

    def script(self, text: str) -> str:
        """Return the path of a script with this text."""
        path = self.place / "script.sql"
        path.write_text(text)
        return str(path)


def deliver(name: str, folder: Path, url: str) -> dict[str, float]:
    """Deliver the run in `folder`, and return the cost; what the other process of our side does."""
    schema = compile_plan(load(name)).schema
    to = destination(url)
    to.prepare(schema)
    wall, processor = time.perf_counter(), time.process_time()
    to.deliver(Delivery(schema, folder, read_manifest(folder), {}, lambda _: None))
    to.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor, "peak": peak}


def postgresql(work: Work, stack: ExitStack) -> Sides:
    """Return the sides of PostgreSQL, each with an empty database."""
    from tests.postgresql_server import running

    server = stack.enter_context(running("shared_buffers=128MB"))

    def counted(side: Callable[[str], Cost]) -> Cost:
        url = server.fill("target", {})
        before = server.processor()
        cost = side(url)
        return replace(cost, processor=cost.processor + server.processor() - before)

    def loader(url: str, *, keyed: bool) -> Cost:
        script = work.script(_psql(work, keyed=keyed))
        return cost_of(["psql", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", script, url])

    return {
        "gen, --to postgresql://": lambda: counted(work.ours),
        "\\copy into keyed tables": lambda: counted(lambda url: loader(url, keyed=True)),
        "\\copy, keys afterwards": lambda: counted(lambda url: loader(url, keyed=False)),
    }


def _psql(work: Work, *, keyed: bool) -> str:
    made = Statements(work.schema, POSTGRESQL, "public")
    tables = list(work.schema.tables)
    later = [*(one for table in tables for one in made.keys(table))]
    later += [one for table in tables for one in made.foreign_keys(table)]
    lines = [made.create(table, bare=True).replace("\n", " ") for table in tables]
    files = {table: quote_text(str(work.csv / f"{table}.csv")) for table in tables}
    copies = [f"\\copy {made.name(table)} from {files[table]} csv header" for table in tables]
    lines += [*later, *copies] if keyed else [*copies, *later]
    lines += [f"ANALYZE {made.name(table)}" for table in tables]
    return "\n".join(line if line.startswith("\\") else f"{line};" for line in lines)


def duckdb(work: Work, stack: ExitStack) -> Sides:
    """Return the sides of DuckDB, each with a new file; its keys must be there before the rows."""
    tables = work.schema.tables
    files = {table: quote_text(str(work.csv / f"{table}.csv")) for table in tables}
    copy = [f"COPY {quote_ident(table)} FROM {files[table]} (HEADER)" for table in tables]
    made = Statements(work.schema, DUCKDB)
    lines = ["BEGIN", *map(made.create, tables), *copy, "COMMIT"]
    program = "import sys, duckdb; duckdb.connect(sys.argv[1]).execute(open(sys.argv[2]).read())"

    def loader() -> Cost:
        script = work.script(";\n".join(lines))
        return cost_of([sys.executable, "-c", program, _fresh(work, "loaded.duckdb"), script])

    return {
        "gen, --to duckdb://": lambda: work.ours(f"duckdb:///{_fresh(work, 'ours.duckdb')}"),
        "COPY FROM, keyed tables": loader,
    }


def sqlite(work: Work, stack: ExitStack) -> Sides:
    """Return the sides of SQLite, each with a new file; it cannot add keys to a table afterwards."""
    made = Statements(work.schema, SQLITE)
    tables = [f"{made.create(table)};" for table in work.schema.tables]
    imports = [f".import --csv --skip 1 {work.csv}/{table}.csv {quote_ident(table)}" for table in work.schema.tables]

    def loader() -> Cost:
        script = work.script("\n".join([*tables, "BEGIN;", *imports, "COMMIT;"]))
        return cost_of(["sqlite3", "-bail", _fresh(work, "loaded.db"), f".read {script}"])

    return {
        "gen, --to sqlite://": lambda: work.ours(f"sqlite:///{_fresh(work, 'ours.db')}"),
        ".import, keyed tables": loader,
    }


def _fresh(work: Work, name: str) -> str:
    path = work.place / name
    path.unlink(missing_ok=True)
    return str(path)


KINDS: dict[str, tuple[Callable[[Work, ExitStack], Sides], Callable[[pl.DataFrame], pl.DataFrame]]] = {
    "postgresql": (postgresql, lambda frame: frame),
    "duckdb": (duckdb, lambda frame: frame),
    "sqlite": (sqlite, as_sqlite),
}


def sides_of(kind: str, name: str, scale: float, repeat: int, place: Path) -> dict[str, Cost]:
    """Return what each side of a database costs, the median of its runs, and print it. `place`: the run's folder."""
    if not place.exists():
        gen = [*GEN, "run", name, "--no-audit", "--quiet"]
        cost_of([*gen, "--scale", str(scale), "--out", str(place)])
    schema = compile_plan(load(name), scale=scale).schema
    sides, as_written = KINDS[kind]
    manifest = read_manifest(place)
    found: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as csv, tempfile.TemporaryDirectory() as empty, ExitStack() as stack:
        for table in schema.tables:
            frame = pl.concat(pl.read_parquet(place / entry.path) for entry in manifest.tables[table].files)
            as_written(frame).write_csv(Path(csv) / f"{table}.csv")
        commands = sides(Work(name, schema, place, Path(csv), Path(empty)), stack)
        for _ in range(repeat):
            for side, command in commands.items():
                found.setdefault(side, []).append(command())
    costs = {side: middle(each) for side, each in found.items()}
    rows = sum(table.rows for table in manifest.tables.values())
    print(comparison(f"{kind}, {name} --scale {scale:g}", costs, rows=rows))
    return costs


def main() -> None:
    """Measure each database, print, and leave the result where that is wanted."""
    parser = options(__doc__)
    parser.add_argument("--schema", default="ecommerce")
    parser.add_argument("--scale", type=float, default=10)
    parser.add_argument("--only", choices=list(KINDS), action="append", help="measure only this database")
    parser.add_argument("--deliver", help=argparse.SUPPRESS)
    parser.add_argument("--from", dest="source", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.deliver:
        print(json.dumps(deliver(chosen.schema, chosen.source, chosen.deliver)))
        return
    folder = Path(tempfile.mkdtemp()) / "run"
    lines: list[dict[str, Any]] = []
    for kind in chosen.only or KINDS:
        ours, *others = sides_of(kind, chosen.schema, chosen.scale, chosen.repeat, folder).items()
        for name, cost in others:
            what = f"rows per second of `{ours[0].removeprefix('gen, ')}`, relative to {name}"
            lines.append({"what": what, "measured": f"{cost.wall / ours[1].wall:.2f}", "goal": "≥ 1.0"})
            print(f"{what}: {lines[-1]['measured']} ({cost.processor / ours[1].processor:.2f} by processor time)")
    shutil.rmtree(folder.parent)
    rows = f"{chosen.schema} --scale {chosen.scale:g}; with keys, foreign keys and indexes"
    record("databases", [{**line, "note": rows} for line in lines], wanted=chosen.record)


if __name__ == "__main__":
    main()
