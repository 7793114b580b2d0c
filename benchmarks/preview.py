"""The live page of every ready schema: processor time from a saved file to the new page.

    python benchmarks/preview.py [--repeat 5] [--only bank tpch] [--old GEN] [--record]

`gen check --serve` runs in a process of its own, and each save gives the schema another seed, so that all values are
drawn anew. The page comes in three steps: problems, diagram, rows and values; then the effects by segment; then the
forecast. What is told is the time of the server's processors up to the first of them and up to the last, and the wall
time up to the first; medians, without the first save. --old names the `gen` of another build, measured in turn.
"""

from __future__ import annotations

import http.client
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from measuring import GEN, machine, options, record

SCHEMAS = Path(__file__).parent.parent / "schemas"
SEED = re.compile(r"^seed: .*$", re.MULTILINE)
UNDER_WAY = b"The forecast is being computed."


@dataclass(frozen=True, slots=True)
class Update:
    """Milliseconds of one update: processor time up to the first page and up to the last, wall time up to the first."""

    first: float
    last: float
    wall: float


class Server:
    """A live page, and the processor time of the process that serves it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        if not said:
            raise SystemExit("the page was not served: is the extra 'studio' installed?")
        address = urlsplit(said)
        self.connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        self.path, self.number = address.path, 0
        self.clock = (~process.pid << 3) | 2  # the number that clock_getcpuclockid gives on Linux

    def processor(self) -> float:
        return time.clock_gettime(self.clock)

    def newer(self) -> bool:
        """Wait for the next page; return whether it is the last one of its save."""
        while True:
            self.connection.request("GET", f"{self.path}page?after={self.number}")
            response = self.connection.getresponse()
            page = response.read()
            if response.status == 200:
                self.number = int(response.headers["Fanwise-Version"])
                return UNDER_WAY not in page


@contextmanager
def served(command: Sequence[str], schema: Path) -> Iterator[Server]:
    """Serve a schema, and wait until its first page is complete."""
    settings = {**os.environ, "PYTHONUNBUFFERED": "1"}
    program = [*command, "check", str(schema), "--serve", "--quiet"]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=settings
    ) as process:
        try:
            server = Server(process)
            while not server.newer():
                pass
            yield server
        finally:
            process.terminate()


def update(server: Server, schema: Path, text: str) -> Update:
    """Save a schema, and follow the page until nothing more comes."""
    begun, busy = time.perf_counter(), server.processor()
    schema.write_text(text, encoding="utf-8")
    done = server.newer()
    first, wall = server.processor() - busy, time.perf_counter() - begun
    while not done:
        done = server.newer()
    return Update(1000 * first, 1000 * (server.processor() - busy), 1000 * wall)


def measured(command: Sequence[str], name: str, repeat: int) -> Update:
    """Return the median of some updates of a ready schema."""
    text = (SCHEMAS / f"{name}.yaml").read_text(encoding="utf-8")
    assert SEED.search(text)
    with tempfile.TemporaryDirectory() as folder:
        schema = Path(folder) / f"{name}.yaml"
        schema.write_text(text, encoding="utf-8")
        with served(command, schema) as server:
            found = [update(server, schema, SEED.sub(f"seed: {1000 + n}", text)) for n in range(repeat + 1)][1:]
    return Update(*(statistics.median(getattr(each, name) for each in found) for name in Update.__slots__))


def main() -> None:
    parser = options(__doc__)
    names = sorted(path.stem for path in SCHEMAS.glob("*.yaml"))
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--old", help="the gen of another build, to compare")
    given = parser.parse_args()
    sides = {"now": list(GEN), **({"old": [given.old]} if given.old else {})}
    print(f"The live page, milliseconds of an update; {machine()}")
    heads = [f"{side} {what}" for side in sides for what in ("first", "last", "wall first")]
    print(" " * 18 + "".join(f"{head:>16}" for head in heads))
    found: dict[str, Update] = {}
    for name in given.only:
        each = {side: measured(command, name, given.repeat) for side, command in sides.items()}
        found[name] = each["now"]
        cells = [value for one in each.values() for value in (one.first, one.last, one.wall)]
        print(f"{name:18}" + "".join(f"{value:16.0f}" for value in cells), flush=True)
    rows = [_row("first page of an update", {name: one.first for name, one in found.items()}, "≤ 250 ms"),
            _row("update with effects and forecast", {name: one.last for name, one in found.items()}, "")]  # fmt: skip
    record("preview", rows, wanted=given.record and given.only == names)


def _row(what: str, times: dict[str, float], goal: str) -> dict[str, str]:
    most = max(times, key=lambda name: times[name])
    span = f"{min(times.values()):.0f} to {times[most]:.0f} ms"
    note = f"processor time after a save, {len(times)} ready schemas; the most: {most}"
    return {"what": f"live page: {what}", "measured": span, "goal": goal, "note": note}


if __name__ == "__main__":
    main()
