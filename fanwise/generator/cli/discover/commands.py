"""The commands of segment discovery and their options. A command imports its action when it runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from fanwise.generator.cli.completion import words
from fanwise.generator.cli.screen import Screen

__all__ = ["assign", "compare", "discover", "drift", "refresh", "segments"]

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A model file from `gen discover`.")]
Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE", help="A folder or file of CSV or Parquet, a DuckDB file, or postgresql://USER@HOST/NAME."
    ),
]
Mapping = Annotated[
    Path | None, typer.Option("--mapping", metavar="FILE", help="A YAML file that names your tables and columns.")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Look back from this day. Default: the last order.")
]
Threads = Annotated[int | None, typer.Option("--threads", metavar="N", min=1, help="Threads. Default: one per core.")]
Memory = Annotated[
    int | None, typer.Option("--memory", metavar="MB", min=64, help="Memory limit; the rest spills to disk.")
]
Report = Annotated[
    list[str] | None,
    typer.Option("--report", metavar="FILE", help="Write the profile: .txt, .json or .html. Repeatable."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only results and errors.")]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing FILE.")]


def _do(screen: Screen, action: Callable[[], int]) -> None:
    raise typer.Exit(screen.guarded(action))


def discover(
    source: Source,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The model file.")] = Path("model.json"),
    sample_size: Annotated[
        int, typer.Option("--sample-size", metavar="N", min=1, help="Number of customers to sample.")
    ] = 5000,
    allocation: Annotated[
        str,
        typer.Option(
            "--allocation",
            metavar="A",
            help="quota, proportional, neyman or coreset.",
            autocompletion=words("quota", "proportional", "neyman", "coreset"),
        ),
    ] = "quota",
    axes: Annotated[str | None, typer.Option("--axes", metavar="A,B", help="Use only these axes.")] = None,
    archetypes: Annotated[
        str | None, typer.Option("--archetypes", metavar="A,B", help="Combine the segments of these axes.")
    ] = None,
    max_k: Annotated[int, typer.Option("--max-k", metavar="K", min=1, max=50, help="Most segments per axis.")] = 8,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of sample and starts.")] = 0,
    as_of: AsOf = None,
    mapping: Mapping = None,
    full: Annotated[bool, typer.Option("--full", help="Use every customer instead of a sample.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report segments without saving a model.")] = False,
    report: Report = None,
    force: Force = False,
    threads: Threads = None,
    memory: Memory = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Find customer segments in orders and save them as a model."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.discover.actions import discover_segments, listed, place_of

        place = place_of(screen, source, mapping, as_of, threads, memory)
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
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="A .parquet or .csv file, one row per customer.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="URL", help="A database: duckdb:///FILE or postgresql://USER@HOST/NAME."),
    ] = None,
    customer: Annotated[
        str | None, typer.Option("--customer", metavar="ID", help="Print one customer's segments.")
    ] = None,
    batch_size: Annotated[
        int,
        typer.Option("--batch-size", metavar="N", min=1, max=1 << 22, help="Batch size. Does not change results."),
    ] = 131_072,
    as_of: AsOf = None,
    mapping: Mapping = None,
    force: Force = False,
    threads: Threads = None,
    memory: Memory = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Assign the segments of a model to all customers or to one."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.discover.actions import assign_one_customer, assign_segments, place_of

        place = place_of(screen, source, mapping, as_of, threads, memory)
        if customer is not None:
            return assign_one_customer(screen, model, place, customer, out=out, to=to)
        return assign_segments(screen, model, place, out=out, to=to, batch_size=batch_size, force=force)

    _do(screen, action)


def compare(
    model: Model,
    source: Source,
    other: Annotated[
        Path | None, typer.Option("--with", metavar="FULL", help="A full model. Default: one is fitted now.")
    ] = None,
    as_of: AsOf = None,
    mapping: Mapping = None,
    threads: Threads = None,
    memory: Memory = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Compare a sampled model with one fitted to all customers."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.discover.actions import compare_models, place_of

        return compare_models(screen, model, place_of(screen, source, mapping, as_of, threads, memory), other)

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
    """Test whether a model still fits: keep, refresh or rediscover."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.discover.actions import place_of, tell_drift

        return tell_drift(screen, model, place_of(screen, source, mapping, as_of, threads, memory))

    _do(screen, action)


def refresh(
    model: Model,
    source: Source,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where the new model goes.")] = Path(
        "refreshed.json"
    ),
    before: Annotated[
        str | None, typer.Option("--before", metavar="SOURCE", help="Earlier data, to show which customers moved.")
    ] = None,
    as_of: AsOf = None,
    mapping: Mapping = None,
    force: Force = False,
    threads: Threads = None,
    memory: Memory = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Fit new centroids to newer data and keep the names."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.discover.actions import place_of, refresh_model

        place = place_of(screen, source, mapping, as_of, threads, memory)
        earlier = place_of(screen, before, mapping, None, threads, memory) if before is not None else None
        return refresh_model(screen, model, place, earlier, out, force=force)

    _do(screen, action)


def segments(
    model: Model,
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="Customers to profile. Default: the model's sample.")
    ] = None,
    report: Report = None,
    as_of: AsOf = None,
    mapping: Mapping = None,
    threads: Threads = None,
    memory: Memory = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Show the segments of a model: sizes, revenue, typical values."""
    screen = Screen(quiet=quiet, machine=json)

    def action() -> int:
        from fanwise.generator.cli.discover.actions import place_of, tell_segments

        place = place_of(screen, source, mapping, as_of, threads, memory) if source is not None else None
        return tell_segments(screen, model, place, report or [])

    _do(screen, action)
