"""Print the oldest version that each requirement of pyproject.toml allows, as constraints for pip.

python constraints/floors.py > floors.txt
"""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
FLOOR = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?>=(?P<version>[^,;\s]+)")


def floors() -> list[str]:
    """Return `name==version` for each requirement that has a floor, sorted."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    found = filter(None, map(FLOOR.match, chain.from_iterable(groups)))
    return sorted({f"{match['name']}=={match['version']}" for match in found})


if __name__ == "__main__":
    print("\n".join(floors()))
