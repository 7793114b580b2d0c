"""Mutants of files of rows (CSV, JSON lines): refused with the file, or read as they are by all who read them."""

from __future__ import annotations

import csv
import io
import json
import random
import tempfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import yaml

from fanwise.generator.api.infer import infer
from fanwise.generator.errors import FanwiseError
from fanwise.segmenter import Place
from fanwise.segmenter.session import opened
from fanwise.validator import audit
from fanwise.validator.findings import Status
from tests.system.fuzz.outcomes import Outcome, guarded, told

__all__ = ["VERBS", "broken", "judge", "mutant", "outcome_of", "seeds"]

CONTRACT = """
contract: 1
name: shop
tables:
  customers:
    key: [customer_id]
    columns: {customer_id: {type: int64, nullable: false}, joined: {type: date, nullable: false}, tier: {type: text, values: [VIP, Casual]}}
  orders:
    key: [order_id]
    columns:
      order_id: {type: int64, nullable: false}
      customer_id: {type: int64, nullable: false}
      ordered_at: {type: timestamp, nullable: false}
      total: {type: float64, nullable: false, min: 1, max: 99}
    refs: [{columns: [customer_id], table: customers, keys: [customer_id]}]
"""
CELLS = (
    "", " ", "1e3", "1e400", "-1", "0", "NaN", "inf", "null", "NULL", "\\N", "1,5", "1.5", "007", "+5", " 5", "5 ", "0x10", "1_000", "true",
    "2024-02-30", "2024-01-31", "2024-13-01", "01.02.2024", "9999-12-31", "99999-01-01", "0001-01-01", "2024-01-01T00:00:00Z",
    "2024-01-01 00:00:00+02:00", "2024-01-01 25:00:00", "1700000000", "é", "名", "=1+1", "'", '""', '"', "a\nb", "x" * 70_000,
    "9223372036854775808", "1" * 400, "\u202e", "VIP ", "vip", "$5.00", "5 €", "(5)", "-0.0", "1e-320",
)  # fmt: skip
Edit = Callable[[random.Random, bytes], bytes]


@cache
def seeds() -> tuple[tuple[str, bytes], ...]:
    """Return the files of a small shop, customers and orders, that keep the contract."""
    rng = random.Random("files")
    customers, orders = ["customer_id,joined,tier"], ["order_id,customer_id,ordered_at,total"]
    customers += [f"{n},2024-01-{n % 28 + 1:02},{'VIP' if n % 5 == 0 else 'Casual'}" for n in range(1, 31)]
    for number in range(1, 121):
        at = f"2024-{rng.randrange(2, 13):02}-{rng.randrange(1, 28):02} {rng.randrange(24):02}:30:00"
        orders.append(f"{number},{rng.randrange(1, 31)},{at},{rng.randrange(100, 9900) / 100}")
    return tuple(
        (f"{name}.csv", "\n".join([*lines, ""]).encode())
        for name, lines in (("customers", customers), ("orders", orders))
    )


def mutant(number: int, seed: int = 0) -> dict[str, bytes]:
    """Return the files of a mutant, by name. The same numbers give the same mutant."""
    rng = random.Random(f"file {seed} {number}")
    files = dict(seeds())
    wanted = rng.choice(list(files))
    if rng.random() < 0.2:
        wanted, content = _as_lines(wanted, files.pop(wanted))
        files[wanted] = content
    for _ in range(rng.choice((1, 1, 2, 3))):
        files[wanted] = rng.choice(EDITS)(rng, files[wanted])
    if rng.random() < 0.03:
        files.pop(wanted)
    return files


def _as_lines(name: str, content: bytes) -> tuple[str, bytes]:
    rows = csv.DictReader(io.StringIO(content.decode()))
    numbers = {"customer_id": int, "order_id": int, "total": float}
    made = ({key: numbers.get(key, str)(value) for key, value in row.items()} for row in rows)
    return name.replace(".csv", ".jsonl"), "".join(json.dumps(row) + "\n" for row in made).encode()


def _lines(content: bytes) -> list[bytes]:
    return content.split(b"\n")


def _byte(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    new = rng.choice((b"", b"\x00", b"\xff", b'"', b",", b"\n", b"\r", b"\\", bytes([rng.randrange(256)])))
    return content[:at] + new + content[at + rng.randrange(2) :]


def _cell(rng: random.Random, content: bytes) -> bytes:
    lines = _lines(content)
    at = rng.randrange(len(lines))
    cells = lines[at].split(b",")
    cells[rng.randrange(len(cells))] = rng.choice(CELLS).encode()
    return b"\n".join([*lines[:at], b",".join(cells), *lines[at + 1 :]])


def _quoted(rng: random.Random, content: bytes) -> bytes:
    lines = _lines(content)
    at = rng.randrange(len(lines))
    cells = lines[at].split(b",")
    place = rng.randrange(len(cells))
    cells[place] = rng.choice((b'"%s"', b'"%s', b'%s"', b'""%s""', b'"%s"x', b' "%s"', b"'%s'")) % cells[place]
    return b"\n".join([*lines[:at], b",".join(cells), *lines[at + 1 :]])


def _line(rng: random.Random, content: bytes) -> bytes:
    lines = _lines(content)
    at = rng.randrange(len(lines))
    line = lines[at]
    new = rng.choice(
        (
            [],
            [line, line],
            [b"", line],
            [line + b","],
            [line[: len(line) // 2]],
            [b"#" + line],
            [line + b",x,y"],
            [b" " + line],
        )
    )
    return b"\n".join([*lines[:at], *new, *lines[at + 1 :]])


def _header(rng: random.Random, content: bytes) -> bytes:
    head, *rest = _lines(content)
    names = head.split(b",")
    at = rng.randrange(len(names))
    names[at] = rng.choice(
        (
            b"",
            names[0],
            names[at].upper(),
            b" " + names[at],
            b"x",
            b'"' + names[at] + b'"',
            b"select",
            b"a b",
            names[at] + b"\x00",
        )
    )
    rng.shuffle(names) if rng.random() < 0.2 else None
    return b"\n".join([b",".join(names), *rest])


def _whole(rng: random.Random, content: bytes) -> bytes:
    return rng.choice(
        (
            lambda: b"", lambda: _lines(content)[0], lambda: _lines(content)[0] + b"\n", lambda: b"\n".join(_lines(content)[1:]),
            lambda: content.replace(b"\n", b"\r\n"), lambda: content.replace(b"\n", b"\r"), lambda: b"\xef\xbb\xbf" + content,
            lambda: content.decode("latin-1").encode("utf-16"), lambda: content.replace(b",", b";"), lambda: content.replace(b",", b"\t"),
            lambda: content.replace(b",", b"|"), lambda: content[: rng.randrange(len(content) + 1)], lambda: content + content,
            lambda: b"\n" * 50 + content, lambda: content.rstrip(b"\n"), lambda: b"PAR1" + content, lambda: content.replace(b" ", b"T"),
        )
    )()  # fmt: skip


EDITS: tuple[Edit, ...] = (_byte, _byte, _cell, _cell, _cell, _cell, _quoted, _line, _line, _header, _whole)


def outcome_of(number: int, seed: int = 0) -> tuple[str, str]:
    """Return what becomes of the mutant of a number: judged, searched for segments, or made a schema of, in turn."""
    files = mutant(number, seed)
    verb = VERBS[number % len(VERBS)]
    found = guarded(lambda: judge(files, verb), _named)
    return found.kind, found.detail


def _named(error: FanwiseError) -> Outcome | None:
    found = told(error)
    if found is not None and found.kind == "refused" and "damaged" in str(error) and "memory" in str(error):
        return Outcome("refusal", f"the wrong cause: {str(error)[:200]}")
    return found


def judge(files: dict[str, bytes], verb: Callable[[Path, dict[str, bytes]], Outcome]) -> Outcome:
    """Let a verb read the files; raises what refuses them."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "shop")
        place.mkdir()
        for name, content in files.items():
            Path(place, name).write_bytes(content)
        return verb(place, files)


def _audited(place: Path, files: dict[str, bytes]) -> Outcome:
    report = audit(place, yaml.safe_load(CONTRACT), threads=1)
    report.to_json()
    report.text()
    if report.exit_code == 0 and (wrong := broken(files)):
        return Outcome("broken law", f"passes, though {wrong}")
    errors = [finding for finding in report.findings if finding.status is Status.ERROR]
    if errors and not any(name.partition(".")[0] in str(errors) for name in files):
        return Outcome("refusal", f"no file is named: {errors[0]!s:.200}")
    return Outcome("judged", str(report.exit_code))


def _searched(place: Path, files: dict[str, bytes]) -> Outcome:
    with opened(Place(place, threads=1)) as source:
        features = pl.read_parquet(source.table.path)
    if features["customer_id"].is_duplicated().any():
        return Outcome("broken law", "a customer is there twice")
    return Outcome("read")


def _inferred(place: Path, files: dict[str, bytes]) -> Outcome:
    infer(place, threads=1)
    return Outcome("made")


VERBS = (_audited, _audited, _searched, _inferred)


def broken(files: dict[str, bytes]) -> str:
    """Return a promise that the rows break as Python's own reader sees them; "" if they keep all, or it cannot read."""
    tables: dict[str, list[dict[str, str]]] = {}
    for name, content in files.items():
        try:
            text = content.decode("utf-8-sig")
            tables[name.partition(".")[0]] = _rows(name, text)
        except (UnicodeDecodeError, csv.Error, ValueError):
            return ""  # other readers take more
    if set(tables) != {"customers", "orders"}:
        return "a table is missing"
    try:
        keys = {
            table: [int(row[key]) for row in tables[table]]
            for table, key in (("customers", "customer_id"), ("orders", "order_id"))
        }
        owners = {int(row["customer_id"]) for row in tables["orders"]}
        totals = [float(row["total"]) for row in tables["orders"]]
        for row in tables["customers"]:
            date.fromisoformat(row["joined"].strip())
    except (KeyError, TypeError, ValueError):
        return ""  # what is a number and a date is the reader's own word
    if any(len(set(found)) < len(found) for found in keys.values()):
        return "a key is there twice"
    if not owners <= set(keys["customers"]):
        return "an order has no customer"
    if not all(1 <= total <= 99 for total in totals):
        return "a total is out of bounds"
    return ""


def _rows(name: str, text: str) -> list[dict[str, str]]:
    if name.endswith(".jsonl"):
        return [
            {key: str(value) for key, value in json.loads(line).items()} for line in text.splitlines() if line.strip()
        ]
    return [row for row in csv.DictReader(io.StringIO(text, newline=""), strict=True) if any(row.values())]
