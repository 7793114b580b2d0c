"""The whole text of an inferred schema, so that a change of what is found or said is seen.

`python tests/inference/test_golden.py` writes it anew.
"""

from __future__ import annotations

from pathlib import Path

import fanwise

FILE = Path(__file__).parent / "golden" / "shop.yaml"


def inferred() -> str:
    """Return the text for a shop of 400 customers, without the version."""
    data = fanwise.dataset("ecommerce", rows={"customer": 400})
    frames = {name: data[name] for name in data.tables}
    first, _, rest = fanwise.infer(frames, by="customer.customer_segment").partition("\n")
    return f"{first.partition(' by ')[0]}.\n{rest}"


def test_the_text_of_a_schema_is_as_it_was() -> None:
    assert inferred() == FILE.read_text(encoding="utf-8")


if __name__ == "__main__":
    FILE.write_text(inferred(), encoding="utf-8")
