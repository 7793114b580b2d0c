"""The lists of kinds in the JSON Schema, which editors need: made from `x-kind` of each kind by `make schema`."""

from __future__ import annotations

import json
import re
from pathlib import Path

from fanwise.generator.language.shape.definitions import PLACES

SCHEMA = Path(__file__).parents[3] / "schemas" / "dataset.schema.json"
_REF = r'"\w+": \{"\$ref": "#/\$defs/\w+"\},?'


def listed(text: str) -> str:
    """Return the text of the JSON Schema with its lists of kinds as `x-kind` has them."""
    kinds = {name: found["x-kind"] for name, found in json.loads(text)["$defs"].items() if "x-kind" in found}
    for place, entry in PLACES.items():
        own = [(kind.get("name", name), name) for name, kind in kinds.items() if place in kind["in"]]
        refs = [f'"{name}": {{"$ref": "#/$defs/{target}"}}' for name, target in own]
        lines = [f"        {', '.join(refs[at : at + 3])}" for at in range(0, len(refs), 3)]
        begin = text.index(f'\n    "{entry}": {{')
        block = re.compile(rf'("properties": \{{\n)((?:        {_REF}(?: {_REF})*\n)+)').search(text, begin)
        assert block is not None
        last = "" if block[2].rstrip().endswith("}") else ","
        others = [ref for ref in re.findall(_REF, block[2]) if ref.split('"')[1] not in dict(own)]
        rest = [f"        {', '.join(ref.rstrip(',') for ref in others)}"] if others else []
        text = text[: block.start(2)] + ",\n".join(lines + rest) + f"{last}\n" + text[block.end(2) :]
    return text


if __name__ == "__main__":
    SCHEMA.write_text(listed(SCHEMA.read_text(encoding="utf-8")), encoding="utf-8")
