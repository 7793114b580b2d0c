"""The document in full: given rows become columns before anything is checked."""

from __future__ import annotations

from dataclasses import replace

from fanwise.generator.language.document.sources import Source
from fanwise.generator.language.expansion.draft import Draft
from fanwise.generator.language.expansion.lookups import expand_lookups
from fanwise.generator.language.problems import Complaints

__all__ = ["expand"]


def expand(source: Source, complaints: Complaints) -> Source:
    """Return the source with its document written out in full; every problem on the way is reported."""
    draft = Draft(source.document, complaints)
    given = expand_lookups(draft, source.folder)
    document = draft.finished()
    complaints.document = document
    return replace(source, document=document, given=given)
