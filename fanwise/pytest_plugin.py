"""Fixtures for pytest: `gen_dataset`, `gen_tables`, `gen_duckdb`, and the marker `gen_dataset`.

Loaded by every pytest session of an environment that has Fanwise, so nothing is imported here but pytest, which is
there already; the engine is imported by the first fixture that needs it.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import duckdb

    from fanwise.generator.api.dataset import Dataset

__all__ = ["gen_dataset", "gen_duckdb", "gen_tables"]

_ARGUMENTS = ("schema", "seed", "scale", "rows", "pin")

NODE = "node"

_current = pytest.StashKey["pytest.Item | None"]()
_used = pytest.StashKey[dict[str, None]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--gen-seed` and the ini options."""
    group = parser.getgroup("fanwise", "synthetic data sets")
    help_seed = "seed of data sets that name none: a number, or 'node' to derive it from the test's node id"
    group.addoption("--gen-seed", metavar="N", help=help_seed)
    parser.addini("gen_seed", f"{help_seed} (as --gen-seed)", default="")
    parser.addini("gen_cache", "keep large tables in pytest's cache folder between sessions", "bool", default=True)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers",
        "gen_dataset(schema, *, seed=None, scale=None, rows=None, pin=None): "
        "the data set of the fixtures gen_tables and gen_duckdb",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Remember which test is running: a session's factory records what that test used."""
    item.config.stash[_current] = item
    try:
        return (yield)
    finally:
        item.config.stash[_current] = None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Print the seeds of the data sets of a failed test, and no line of Fanwise for wrong arguments."""
    if call.excinfo is not None and "gen_dataset" in getattr(item, "fixturenames", ()):
        _shorten(call.excinfo, whole=item.config.getoption("fulltrace", False))
    report = yield
    used = item.stash.get(_used, None)
    if report.failed and used:
        report.sections.append(("Fanwise data sets", "\n".join(used)))
    return report


def _shorten(found: pytest.ExceptionInfo[BaseException], *, whole: bool) -> None:
    """End the traceback of bad input at the line of the test, unless `--full-trace` asks for all of it."""
    errors = sys.modules.get("fanwise.io.errors")
    if whole or errors is None or not found.errisinstance((errors.InputError, errors.OutputError, errors.SourceError)):
        return
    ours, entry = Path(__file__).parent, found.tb
    while entry.tb_next is not None and ours not in Path(entry.tb_next.tb_frame.f_code.co_filename).parents:
        entry = entry.tb_next
    entry.tb_next = None
    found.value.__cause__, found.value.__suppress_context__ = None, True


class Factory:
    """Makes data sets and remembers them for the session: the fixture `gen_dataset`.

    Equal schema texts, seeds, scales, rows and pins are one data set, whose tables are made once and must not be
    changed in place (Polars frames cannot be).
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._made: dict[str, Dataset] = {}

    def __call__(
        self,
        schema: str | Path | Mapping[str, Any],
        *,
        seed: int | str | None = None,
        scale: float | None = None,
        rows: Mapping[str, int] | None = None,
        pin: Mapping[str, Mapping[int, Mapping[str, Any]]] | None = None,
        **unknown: object,
    ) -> Dataset:
        """Return the data set; a relative path is looked for beside the test, then below the root folder.

        seed: a number, or "node" to derive it from the running test; default: `--gen-seed`, the ini option `gen_seed`,
        the schema's own. The rest is as for `generator.dataset`.
        """
        from fanwise.generator.api.dataset import Dataset
        from fanwise.generator.api.frame_store import FrameStore, store_key
        from fanwise.generator.api.pins import pinned
        from fanwise.generator.plan.cache import planned
        from fanwise.generator.run.run import ALGORITHM

        _refuse(unknown, "gen_dataset")
        plan = planned(self._found(schema), seed=self._seed(seed), scale=scale, rows=rows)
        key = store_key(
            ALGORITHM,
            schema=plan.dataset.sha256,
            files=plan.files,
            seed=plan.seed,
            rows=plan.rows,
            pin=repr(pin) if pin else "",
        )
        if key not in self._made:
            plan = pinned(plan, pin) if pin else plan
            self._made[key] = Dataset(plan, FrameStore(folder / key) if (folder := self._folder()) else None)
        self._record(plan.dataset.name, plan.seed, rows or {})
        return self._made[key]

    def _seed(self, seed: int | str | None) -> int | None:
        from fanwise.generator.errors import UsageError

        wanted = seed if seed is not None else self._config.getoption("--gen-seed") or self._config.getini("gen_seed")
        if wanted in (None, ""):
            return None
        if wanted == NODE:
            item = self._config.stash.get(_current, None)
            return node_seed(item.nodeid if item is not None else "")
        if isinstance(wanted, str) and not (wanted.isascii() and wanted.isdecimal()):
            place = "seed" if seed is not None else "--gen-seed"
            raise UsageError("FW-USAGE-VALUE", "not a seed", "give a whole number, or 'node'", place, repr(wanted))
        return int(wanted)

    def _found(self, schema: str | Path | Mapping[str, Any]) -> str | Path | Mapping[str, Any]:
        """Return the schema, a relative path of a file as an absolute one."""
        if not isinstance(schema, Path) and not (isinstance(schema, str) and schema.endswith((".yaml", ".yml"))):
            return schema
        item = self._config.stash.get(_current, None)
        beside = [item.path.parent] if item is not None else []
        folders = tuple(dict.fromkeys((*beside, self._config.rootpath)))
        for path in (*(folder / schema for folder in folders), Path(schema)):
            if path.is_file():
                return path
        if Path(schema).is_absolute():
            return schema
        from fanwise.generator.language.document.sources import missing

        raise missing(Path(schema), folders)

    def _folder(self) -> Path | None:
        """Return the folder of tables kept between sessions, or None where pytest keeps nothing."""
        cache = getattr(self._config, "cache", None)
        return cache.mkdir("fanwise") if cache is not None and self._config.getini("gen_cache") else None

    def _record(self, name: str, seed: int, rows: Mapping[str, int]) -> None:
        item = self._config.stash.get(_current, None)
        if item is not None:
            sizes = f", rows {dict(rows)}" if rows else ""
            line = f"{name}: seed {seed}{sizes} (make it again with --gen-seed {seed} or seed={seed})"
            item.stash.setdefault(_used, {})[line] = None


def node_seed(nodeid: str) -> int:
    """Return the seed of a test: a function of its node id, below 2^31, the same in every session and process."""
    return int.from_bytes(hashlib.blake2b(nodeid.encode(), digest_size=4).digest(), "little") >> 1


@pytest.fixture(scope="session")
def gen_dataset(pytestconfig: pytest.Config) -> Factory:
    """Make data sets: `gen_dataset("ecommerce", rows={"customer": 50}, seed=7)["order"]`."""
    return Factory(pytestconfig)


@pytest.fixture
def gen_tables(request: pytest.FixtureRequest, gen_dataset: Factory) -> Dataset:
    """The data set of the marker `gen_dataset` of this test: `gen_tables["order"]` is a polars.DataFrame."""
    from fanwise.io.errors import FanwiseError

    try:
        marker = _marker(request.node)
        return gen_dataset(*marker.args, **marker.kwargs)
    except FanwiseError as error:
        if request.config.getoption("fulltrace", False) or error.exit_code == FanwiseError.exit_code:
            raise
        wrong = str(error)
    return pytest.fail(wrong, pytrace=False)


def _refuse(unknown: Iterable[str], what: str, path: str = "") -> None:
    """Raise UsageError that names the nearest argument for the first unknown one."""
    from fanwise.generator.errors import UsageError, nearest

    for name in unknown:
        why = f"{what} has no argument '{name}'"
        raise UsageError("FW-USAGE-FIXTURE", why, nearest(name, _ARGUMENTS[1:]), path)


def _marker(node: pytest.Item) -> pytest.Mark:
    """Return the marker of a test; raises UsageError if there is none, or one with other arguments."""
    from fanwise.generator.errors import UsageError

    marker = node.get_closest_marker("gen_dataset")
    if marker is None:
        hint = 'mark the test: @pytest.mark.gen_dataset("ecommerce", rows={"customer": 50})'
        raise UsageError("FW-USAGE-FIXTURE", "the test has no marker gen_dataset", hint, node.nodeid)
    first, *known = _ARGUMENTS
    _refuse([name for name in marker.kwargs if name not in (first, *known)], "the marker gen_dataset", node.nodeid)
    if len(marker.args) + (first in marker.kwargs) != 1:
        why, hint = "the marker gen_dataset takes one schema", 'write gen_dataset("ecommerce", seed=7)'
        raise UsageError("FW-USAGE-FIXTURE", why, hint, node.nodeid)
    return marker


@pytest.fixture(scope="session")
def _gen_databases() -> Iterator[dict[int, duckdb.DuckDBPyConnection]]:
    """Databases in memory that hold a data set each, by the identity of the data set; filled once a session."""
    databases: dict[int, duckdb.DuckDBPyConnection] = {}
    yield databases
    for connection in databases.values():
        connection.close()


@pytest.fixture
def gen_duckdb(
    gen_tables: Dataset, _gen_databases: dict[int, duckdb.DuckDBPyConnection]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection that holds the tables of the marker; what the test changes is rolled back."""
    database = _gen_databases.get(id(gen_tables))
    if database is None:
        database = _gen_databases[id(gen_tables)] = gen_tables.to_duckdb()
    with database.cursor() as connection:
        connection.begin()
        yield connection
        if not _rolled_back(connection):
            # The test ended the transaction itself and may have changed the tables: the next one gets new ones.
            _gen_databases.pop(id(gen_tables)).close()


def _rolled_back(connection: duckdb.DuckDBPyConnection) -> bool:
    import duckdb

    try:
        connection.rollback()
    except duckdb.Error:
        return False
    return True
