"""The commands of segment discovery and their options; each hands over to its action, imported only then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from fanwise.generator.cli.screen import Screen

__all__ = ["COMMANDS"]

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A model file of `gen discover`.")]
Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE", help="A folder or file of CSV or Parquet, a DuckDB file, or postgresql://USER@HOST/NAME."
    ),
]
Mapping = Annotated[
    Path | None, typer.Option("--mapping", metavar="FILE", help="YAML that says which table and column is what.")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Look back from this day; default: the last order.")
]
Threads = Annotated[int | None, typer.Option("--threads", metavar="N", min=1, help="Workers; default: one per core.")]
Memory = Annotated[
    int | None, typer.Option("--memory", metavar="MB", min=64, help="Memory for reading and features; the rest spills.")
]
Report = Annotated[
    list[str] | None,
    typer.Option("--report", metavar="FILE", help="Write the profile: .txt, .json or .html; repeatable."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but results and errors.")]
Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON to standard output.")]
Force = Annotated[bool, typer.Option("--force", help="Replace FILE where it is there already.")]


def _do(screen: Screen, action: Callable[[], int]) -> None:
    from fanwise.generator.cli.discover.actions import guarded

    raise typer.Exit(guarded(screen, action))


def discover(
    source: Source,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where the model goes.")] = Path(
        "model.json"
    ),
    sample_size: Annotated[
        int, typer.Option("--sample-size", metavar="N", min=1, help="Customers to look for segments in.")
    ] = 5000,
    allocation: Annotated[
        str, typer.Option("--allocation", metavar="A", help="quota, proportional, neyman or coreset.")
    ] = "quota",
    axes: Annotated[str | None, typer.Option("--axes", metavar="A,B", help="Only these axes.")] = None,
    archetypes: Annotated[
        str | None, typer.Option("--archetypes", metavar="A,B", help="Combine the segments of these axes.")
    ] = None,
    max_k: Annotated[int, typer.Option("--max-k", metavar="K", min=1, max=50, help="Most segments of an axis.")] = 8,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Another sample, other starts.")] = 0,
    as_of: AsOf = None,
    mapping: Mapping = None,
    full: Annotated[bool, typer.Option("--full", help="Look at every customer, not at a sample.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Find and tell, and keep no model.")] = False,
    report: Report = None,
    force: Force = False,
    threads: Threads = None,
    memory: Memory = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Find the segments of customers in their orders; keep them as a model."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.discover.actions import discover_segments, listed, place_of

        place = place_of(source, mapping, as_of, threads, memory)
        options = {
            "sample_size": sample_size,
            "allocation": allocation,
            "axes": listed(axes),
            "archetypes": listed(archetypes),
            "max_k": max_k,
            "seed": seed,
            "full": full,
        }
        return discover_segments(screen, place, options, None if dry_run else out, report or [], force=force)

    _do(screen, action)


def assign(
    model: Model,
    source: Source,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="A .parquet or .csv file: a row per customer.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="URL", help="A database: duckdb:///FILE or postgresql://USER@HOST/NAME."),
    ] = None,
    customer: Annotated[
        str | None, typer.Option("--customer", metavar="ID", help="Only this customer, told on the terminal.")
    ] = None,
    batch_size: Annotated[
        int,
        typer.Option("--batch-size", metavar="N", min=1, max=1 << 22, help="Customers at a time; changes no result."),
    ] = 131_072,
    as_of: AsOf = None,
    mapping: Mapping = None,
    force: Force = False,
    threads: Threads = None,
    memory: Memory = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Give every customer, or one, the segments of a model."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.discover.actions import assign_one_customer, assign_segments, place_of

        place = place_of(source, mapping, as_of, threads, memory)
        if customer is not None:
            return assign_one_customer(screen, model, place, customer, out=out, to=to)
        return assign_segments(screen, model, place, out=out, to=to, batch_size=batch_size, force=force)

    _do(screen, action)


def compare(
    model: Model,
    source: Source,
    other: Annotated[
        Path | None, typer.Option("--with", metavar="FULL", help="A full model; default: one is fitted here.")
    ] = None,
    as_of: AsOf = None,
    mapping: Mapping = None,
    threads: Threads = None,
    memory: Memory = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Tell how far a sample's segments are from those of everybody."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.discover.actions import compare_models, place_of

        return compare_models(screen, model, place_of(source, mapping, as_of, threads, memory), other)

    _do(screen, action)


def drift(
    model: Model,
    source: Source,
    as_of: AsOf = None,
    mapping: Mapping = None,
    threads: Threads = None,
    memory: Memory = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Tell whether a model still fits: keep, refresh or rediscover."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.discover.actions import place_of, tell_drift

        return tell_drift(screen, model, place_of(source, mapping, as_of, threads, memory))

    _do(screen, action)


def refresh(
    model: Model,
    source: Source,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where the new model goes.")] = Path(
        "refreshed.json"
    ),
    before: Annotated[
        str | None, typer.Option("--before", metavar="SOURCE", help="Earlier data: shows who moved where since.")
    ] = None,
    as_of: AsOf = None,
    mapping: Mapping = None,
    force: Force = False,
    threads: Threads = None,
    memory: Memory = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Make new centroids from newer data and keep the names."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.discover.actions import place_of, refresh_model

        place = place_of(source, mapping, as_of, threads, memory)
        earlier = place_of(before, mapping, None, threads, memory) if before is not None else None
        return refresh_model(screen, model, place, earlier, out, force=force)

    _do(screen, action)


def segments(
    model: Model,
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="Customers to profile; default: the model's sample.")
    ] = None,
    report: Report = None,
    as_of: AsOf = None,
    mapping: Mapping = None,
    threads: Threads = None,
    memory: Memory = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Show the segments of a model: sizes, revenue shares, what is typical."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.discover.actions import place_of, tell_segments

        place = place_of(source, mapping, as_of, threads, memory) if source is not None else None
        return tell_segments(screen, model, place, report or [])

    _do(screen, action)


COMMANDS: tuple[Callable[..., None], ...] = (discover, assign, compare, drift, refresh, segments)
