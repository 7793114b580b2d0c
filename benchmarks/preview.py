"""The live page of every ready schema: processor time from a saved file to the new page.

    python benchmarks/preview.py [--edit multiplier] [--repeat 5] [--only bank tpch] [--old GEN] [--record]

`gen check --serve` runs in a process of its own. Each save gives the schema another seed, so that all values are drawn
anew, or with `--edit multiplier` another first multiplier, where it has one. The page comes in steps: problems,
diagram, rows and values; then the effects by segment; then the forecast, and with it the page is whole; at last a
forecast whose ratios are more exact. What is told is the time of the server's processors up to the first page, up to
the whole one and up to the last, and the wall time up to the first and the whole one; medians, without the first save.
`open` is the time of its processors from the start of the program to a whole page. --old names the `gen` of another
build, measured in turn.
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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from measuring import GEN, machine, options, record

SCHEMAS = Path(__file__).parent.parent / "schemas"
SEED = re.compile(r"^seed: .*$", re.MULTILINE)
MULTIPLIER = re.compile(r"(multiplier:\s*\{\w[\w.]*: \{\w+: )([\d.]+)")
UNDER_WAY, MORE = b"The forecast is being computed.", b"More rows are being drawn"


@dataclass(frozen=True, slots=True)
class Update:
    """Milliseconds of one update: processor time up to three pages, and wall time up to two of them."""

    first: float
    whole: float
    last: float
    first_wall: float
    whole_wall: float


class Server:
    """A live page, and the processor time of the process that serves it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        if not said:
            raise SystemExit("the page was not served: is the extra 'studio' installed?")
        address = urlsplit(said)
        self.connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        self.path, self.number, self.opened = address.path, 0, 0.0
        self.clock = (~process.pid << 3) | 2  # the number that clock_getcpuclockid gives on Linux

    def processor(self) -> float:
        return time.clock_gettime(self.clock)

    def newer(self) -> tuple[bool, bool]:
        """Wait for the next page; return whether it is whole, and whether it is the last one of its save."""
        while True:
            self.connection.request("GET", f"{self.path}page?after={self.number}")
            response = self.connection.getresponse()
            page = response.read()
            self.connection.close()  # the other server may keep this one waiting for longer than it waits itself
            if response.status == 200:
                self.number = int(response.headers["Fanwise-Version"])
                return UNDER_WAY not in page, UNDER_WAY not in page and MORE not in page


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
            whole = last = False
            while not last:
                whole, last = server.newer()
                server.opened = server.opened or whole * 1000 * server.processor()
            yield server
        finally:
            process.terminate()


def update(server: Server, schema: Path, text: str) -> Update:
    """Save a schema, and follow the page until nothing more comes."""
    begun, busy = time.perf_counter(), server.processor()
    saved = schema.with_suffix(".saved")
    saved.write_text(text, encoding="utf-8")
    saved.replace(schema)
    whole = last = False
    found: dict[str, tuple[float, float]] = {}
    while not last:
        whole, last = server.newer()
        now = 1000 * (server.processor() - busy), 1000 * (time.perf_counter() - begun)
        found.setdefault("first", now)
        if whole:
            found.setdefault("whole", now)
        found["last"] = now
    (first, first_wall), (complete, whole_wall), (end, _) = found["first"], found["whole"], found["last"]
    return Update(first, complete, end, first_wall, whole_wall)


def edited(text: str, edit: str, number: int) -> str:
    """Return a schema with its first multiplier a little larger, or with another seed."""
    if edit == "multiplier" and MULTIPLIER.search(text):
        return MULTIPLIER.sub(lambda found: f"{found[1]}{float(found[2]) * (1 + number / 50):g}", text, count=1)
    return SEED.sub(f"seed: {1000 + number}", text)


def measured(sides: Sequence[Sequence[str]], name: str, edit: str, repeat: int) -> list[tuple[float, Update]]:
    """Return of each side the time to open a ready schema, and the median of some updates, made in turn."""
    text = (SCHEMAS / f"{name}.yaml").read_text(encoding="utf-8")
    assert SEED.search(text)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        schemas = [Path(folder) / str(place) / f"{name}.yaml" for place in range(len(sides))]
        servers = []
        for command, schema in zip(sides, schemas, strict=True):
            schema.parent.mkdir()
            schema.write_text(text, encoding="utf-8")
            servers.append(stack.enter_context(served(command, schema)))
        found: list[list[Update]] = [[] for _ in sides]
        for number in range(1, repeat + 2):
            for server, schema, own in zip(servers, schemas, found, strict=True):
                own.append(update(server, schema, edited(text, edit, number)))
        medians = [
            Update(*(statistics.median(getattr(each, part) for each in own[1:]) for part in Update.__slots__))
            for own in found
        ]
        return [(server.opened, each) for server, each in zip(servers, medians, strict=True)]


def main() -> None:
    parser = options(__doc__)
    names = sorted(path.stem for path in SCHEMAS.glob("*.yaml"))
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--edit", choices=("multiplier", "seed"), default="seed", help="what each save changes")
    parser.add_argument("--old", help="the gen of another build, to compare")
    given = parser.parse_args()
    sides = {"now": list(GEN), **({"old": [given.old]} if given.old else {})}
    print(f"The live page, milliseconds of an update; {machine()}")
    heads = ("open", "first", "whole", "last", "first wall", "whole wall")
    print(" " * 15 + "".join(f"{f'{side} {head}':>15}" for side in sides for head in heads))
    found: dict[str, Update] = {}
    for name in given.only:
        each = measured(list(sides.values()), name, given.edit, given.repeat)
        found[name] = each[0][1]
        cells = [
            value for opened, one in each for value in (opened, *(getattr(one, part) for part in Update.__slots__))
        ]
        print(f"{name:15}" + "".join(f"{value:15.0f}" for value in cells), flush=True)
    rows = [
        _row("first page of an update", {name: one.first for name, one in found.items()}, "≤ 250 ms"),
        _row("whole page of an update", {name: one.whole for name, one in found.items()}, "≤ 300 ms"),
    ]
    record("preview", rows, wanted=given.record and given.only == names)


def _row(what: str, times: dict[str, float], goal: str) -> dict[str, str]:
    most = max(times, key=lambda name: times[name])
    span = f"{min(times.values()):.0f} to {times[most]:.0f} ms"
    note = f"processor time after a save, {len(times)} ready schemas; the most: {most}"
    return {"what": f"live page: {what}", "measured": span, "goal": goal, "note": note}


if __name__ == "__main__":
    main()
