"""Where the files of a run are staged: beside its folder, or for delivery to a database, a lake or an object store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.generator.output.manifest import Recipe
from fanwise.generator.output.publishing.staging import Staging
from fanwise.generator.plan import Plan
from fanwise.generator.plan.schema import RelationalSchema

if TYPE_CHECKING:
    from fanwise.generator.output.destinations.stage import Listener

__all__ = ["delivered_to", "stage_of"]


def stage_of(
    plan: Plan,
    target: Path,
    to: str | None,
    file_format: str,
    observer: Listener,
    *,
    keeps: bool,
    force: bool,
    resume: Recipe | None = None,
    schema: RelationalSchema | None = None,
) -> Staging:
    """Return the staging folder of a run: for `target`, or for delivery to the URL `to`.

    schema: of what is delivered, if it is not that of the plan. keeps: whether delivered data is published in `target`
    as well.
    """
    if to is None:
        return Staging(target, force=force, resume=resume)
    from fanwise.generator.output.destinations import destination  # a run into a folder does not import databases
    from fanwise.generator.output.destinations.stage import DeliveringStaging

    place = destination(to, force=force)
    # Files for delivery have their own place, apart from what an earlier run published.
    aside = target.with_name(f"{target.name}.to-{place.schemes[0]}")
    return DeliveringStaging(
        target if keeps else aside,
        place,
        schema or plan.schema,
        file_format,
        observer,
        keeps=keeps,
        force=force,
        resume=resume,
    )


def delivered_to(staging: Staging, to: str | None) -> str | None:
    """Return the URL `to` without secrets once the data has arrived; None if nothing is delivered."""
    if to is None:
        return None
    from fanwise.generator.output.destinations.stage import DeliveringStaging

    assert isinstance(staging, DeliveringStaging)
    return staging.delivered
