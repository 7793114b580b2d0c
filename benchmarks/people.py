"""People of five fields that agree, beside Faker's profile and pointblank's generate_dataset.

    python benchmarks/people.py [--rows 500000] [--peer-python PYTHON] [--repeat 3] [--record]

Each side makes user name, name, gender, e-mail address and birth date in memory, in a process of its own, without its
imports; the peers in an environment of their own, which the script makes in a temporary folder and removes, unless
`--peer-python` names one. The first call of each side, which fills its pools, is not timed. Peers make fewer rows: all
sides take a time proportional to them. Goals: at least 20 times Faker's profile, at least 3 times pointblank.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

from measuring import machine, options, record

PACKAGES = ("faker==40.63.0", "pointblank==1.1.1", "polars==2.1.0")
NAMES = {"faker": "Faker's `profile`", "pointblank": "pointblank's `generate_dataset`"}
GOALS = {"faker": 20.0, "pointblank": 3.0}
SHARE = {"fanwise": 1.0, "faker": 0.004, "pointblank": 0.1}  # of --rows

SCHEMA = """
fanwise: 1
name: people
seed: 42
tables:
  person:
    rows: 1000
    columns:
      username: {person: username}
      name: {person: full_name}
      sex: {person: gender}
      mail: {person: email}
      birthdate: {person: {field: birth_date, age: [18, 90], at: 2025-01-01}}
"""


def fanwise(rows: int) -> int:
    """Our frames on one thread, chunk by chunk."""
    from fanwise.generator.engine.local import generate
    from fanwise.generator.language import load
    from fanwise.generator.plan import compile_plan

    plan = compile_plan(load(SCHEMA), rows={"person": rows})
    return sum(len(frames["person"]) for frames in generate(plan, threads=1))


def faker(rows: int) -> int:
    """A loop of Faker's profiles with these fields alone."""
    from faker import Faker

    fake = Faker()
    Faker.seed(42)
    fields = ["username", "name", "sex", "mail", "birthdate"]
    return len([fake.profile(fields=fields) for _ in range(rows)])


def pointblank(rows: int) -> int:
    """One call of generate_dataset, whose presets agree within a row."""
    import pointblank as pb

    schema = pb.Schema(
        username=pb.string_field(preset="user_name"),
        name=pb.string_field(preset="name"),
        sex=pb.string_field(allowed=["F", "M"]),
        mail=pb.string_field(preset="email"),
        birthdate=pb.date_field(min_date="1935-01-01", max_date="2006-12-31"),
    )
    return len(pb.generate_dataset(schema, n=rows, seed=42, country="US"))


SIDES: dict[str, Callable[[int], int]] = {"fanwise": fanwise, "faker": faker, "pointblank": pointblank}


def main() -> None:
    """Run the sides in turn and print rows a second of processor time, the best of all runs."""
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--peer-python", default="", help="a Python with Faker and pointblank")
    parser.add_argument("--side", choices=SIDES, help="run one side in this process, for the script itself")
    given = parser.parse_args()
    if given.side:
        print(json.dumps(_speed(SIDES[given.side], int(given.rows * SHARE[given.side]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        peer = given.peer_python or _environment(Path(folder))
        pythons = {"fanwise": sys.executable, "faker": peer, "pointblank": peer}
        best = dict.fromkeys(SIDES, 0.0)
        for _ in range(given.repeat):
            for side, python in pythons.items():
                command = [python, __file__, "--side", side, "--rows", str(given.rows)]
                best[side] = max(best[side], float(json.loads(subprocess.check_output(command).splitlines()[-1])))
    print(f"people of five fields: {machine()}")
    for side, speed in best.items():
        ratio = best["fanwise"] / speed
        goal = f", goal {GOALS[side]:g}" if side in GOALS else ""
        print(f"  {side:11} {speed:12,.0f} rows a second of processor time   {ratio:8.1f} x{goal}")
    rows = [
        {
            "what": f"people of five fields: rows per second, relative to {NAMES[side]}",
            "measured": f"{best['fanwise'] / best[side]:,.0f}",
            "goal": f"≥ {goal:g}",
            "note": f"{best[side]:,.0f} rows/s; ours {best['fanwise']:,.0f} rows/s",
        }
        for side, goal in GOALS.items()
    ]
    record("people", rows, wanted=given.record)


def _speed(side: Callable[[int], int], rows: int) -> float:
    side(max(10, rows // 50))
    begun = time.process_time()
    made = side(rows)
    return made / (time.process_time() - begun)


def _environment(folder: Path) -> str:
    venv.create(folder / "peers", with_pip=True)
    python = str(folder / "peers" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


if __name__ == "__main__":
    main()
