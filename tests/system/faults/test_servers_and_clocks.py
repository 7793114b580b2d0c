"""A server that goes away while it is read, and clocks that jump: an error that names the server, and the same bytes."""

from __future__ import annotations

import itertools
import random
import time
from pathlib import Path

import polars as pl
import pytest

from fanwise.generator.cli import main
from tests.generator.cli.conftest import SHOP
from tests.generator.output.destinations.cutting import CuttingProxy
from tests.postgresql_server import Server
from tests.segmenter.shops import shop as orders_of
from tests.system.faults.driver import tree

pytestmark = pytest.mark.system


@pytest.fixture
def made(tmp_path: Path, shop: Path) -> Path:
    """A data set of the small shop, with its schema beside it."""
    assert main(["run", str(shop), "--no-audit", "--out", str(tmp_path / "data"), "--quiet"]) == 0
    return tmp_path / "data"


def lost(arguments: list[str], server: Server, database: str, bytes_: int) -> tuple[int, bool]:
    """Run a command on a server that goes away after so many bytes; return its exit code and whether it was cut."""
    with CuttingProxy(server.port, bytes_) as proxy:
        code = main([part.replace("URL", server.url(database, port=proxy.port)) for part in arguments])
        return code, proxy.cut


@pytest.mark.parametrize("command", ["audit", "discover", "init"])
def test_a_server_that_goes_away_is_told(
    postgres: Server, made: Path, shop: Path, tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = (
        {path.stem: pl.read_parquet(path) for path in made.glob("*.parquet")} if command != "discover" else orders_of(3)
    )
    postgres.fill(f"lost_{command}", frames)
    out = tmp_path / "there.json"
    out.write_text("earlier", encoding="utf-8")
    arguments = {
        "audit": ["audit", "URL", "--schema", str(shop), "--report", str(out)],
        "discover": ["discover", "URL", "--out", str(tmp_path / "new.yaml")],
        "init": ["init", "--from", "URL", "--out", str(tmp_path / "new.yaml")],
    }[command]
    cuts = 0
    for after in (300, 3_000, 12_000):
        code, cut = lost(arguments, postgres, f"lost_{command}", after)
        said = capsys.readouterr().err
        if not cut:
            continue
        cuts += 1
        assert code == 4, (after, said)
        assert "Traceback" not in said
        assert postgres.password not in said
        assert "127.0.0.1" in said
        assert out.read_text(encoding="utf-8") == "earlier"
        assert not (tmp_path / "new.yaml").exists()
    assert cuts >= 2


@pytest.mark.parametrize("command", ["audit", "like", "init", "fidelity", "twin", "discover"])
def test_a_server_that_goes_away_in_the_middle_of_a_table_is_told(
    postgres: Server, made: Path, shop: Path, tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of all that the server sends, only a part arrives: a table that did not is neither left out nor judged."""
    frames = {path.stem: pl.read_parquet(path) for path in made.glob("*.parquet")}
    if command == "discover":
        frames = orders_of(3)
    postgres.fill(f"half_{command}", frames)
    arguments = {
        "audit": ["audit", "URL", "--schema", str(shop), "--report", "NEW"],
        "like": ["audit", str(made), "--like", "URL", "--report", "NEW"],
        "init": ["init", "--from", "URL", "--out", "NEW"],
        "fidelity": ["fidelity", "URL", str(made), "--report", "NEW"],
        "twin": ["twin", "URL", "--out", "NEW"],
        "discover": ["discover", "URL", "--out", "NEW"],
    }[command]

    def through(proxy: CuttingProxy, new: Path) -> int:
        url = postgres.url(f"half_{command}", port=proxy.port)
        return main([part.replace("URL", url).replace("NEW", str(new)) for part in arguments])

    with CuttingProxy(postgres.port, 1 << 40, of_server=True) as counting:
        through(counting, tmp_path / "whole.html")
    capsys.readouterr()
    named = 0
    for share in (0.9, 0.97):
        new = tmp_path / f"{share}.html"
        with CuttingProxy(postgres.port, int(counting.sent * share), of_server=True) as cut:
            code = through(cut, new)
        said = capsys.readouterr().err
        assert cut.cut, (share, said)
        assert code == 4, (share, said)
        assert "127.0.0.1" in said
        assert postgres.password not in said
        assert said.count("Hint") == 1, said
        assert not (new / "fidelity.html" if command == "twin" else new).exists()
        named += "the server went away while" in said
    assert named


def test_clocks_that_jump_change_no_byte(
    made: Path, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look at a clock shows another time, most often an earlier one."""
    rng = random.Random(4)
    jumps = itertools.cycle([rng.choice((-1, 1)) * rng.expovariate(1e-8) for _ in range(997)])
    real = time.time()
    for name in ("time", "monotonic", "perf_counter"):
        monkeypatch.setattr(time, name, lambda: max(real + next(jumps), 0.0))
    assert main(["run", str(shop), "--no-audit", "--out", str(tmp_path / "again")]) == 0
    assert main(["audit", str(tmp_path / "again"), "--schema", str(shop), "--report", str(tmp_path / "r.html")]) == 0
    monkeypatch.undo()

    assert tree(tmp_path / "again") == tree(made)
    assert SHOP.splitlines()[1].partition(": ")[2] in (tmp_path / "r.html").read_text(encoding="utf-8")
