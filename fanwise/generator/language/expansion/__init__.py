"""The document in full: included files, mixins, given rows and keys become columns before anything is checked."""

from __future__ import annotations

from dataclasses import replace

from fanwise.generator.language.document.sources import Source
from fanwise.generator.language.expansion.decimals import expand_decimals
from fanwise.generator.language.expansion.draft import Draft
from fanwise.generator.language.expansion.includes import include
from fanwise.generator.language.expansion.lookups import expand_lookups
from fanwise.generator.language.expansion.mixins import expand_mixins
from fanwise.generator.language.expansion.shorthand import expand_keys
from fanwise.generator.language.problems import Complaints

__all__ = ["expand"]


def expand(source: Source, complaints: Complaints) -> Source:
    """Return the source with its document written out in full; every problem on the way is reported."""
    source = include(source, complaints)
    complaints.document = source.document
    draft = Draft(source.document, complaints)
    expand_mixins(draft)
    expand_decimals(draft)
    given = expand_lookups(draft, source.folder)
    expand_keys(draft)
    document = draft.finished()
    complaints.document = document
    return replace(source, document=document, given=given)
