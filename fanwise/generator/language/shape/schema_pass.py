"""The schema pass: what of a document breaks the JSON Schema of the language.

A document that broke nothing is remembered, so the next run of the same schema does not import jsonschema.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fanwise.generator.language.problems import Complaints
from fanwise.generator.language.shape.definitions import Schema
from fanwise.io.cache import code, kept

__all__ = ["run_schema_pass"]

_CODE = [Path(__file__).with_name(f"{name}.py") for name in ("validation", "messages", "definitions")]


def run_schema_pass(content: Any, schema: Schema, complaints: Complaints) -> Any:
    """Report what breaks the schema, and return the content without it, so that the names pass can judge the rest."""
    valid, problems = content, len(complaints.problems)

    def check() -> bytes | None:
        nonlocal valid
        from fanwise.generator.language.shape.validation import validate  # jsonschema takes longer than its check

        valid = validate(content, schema, complaints)
        return b"valid" if valid is content and len(complaints.problems) == problems else None

    texts = [repr(value).encode(errors="surrogatepass") for value in (content, schema)]
    kept([b"schema pass", *texts, code(_CODE, "jsonschema")], check)
    return valid
