"""The options that several commands share, as Typer reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fanwise.generator.cli.completion import formats, schemas, words

__all__ = [
    "EPILOG",
    "ChunkRows",
    "Clean",
    "Compression",
    "Details",
    "Engine",
    "Force",
    "Format",
    "GatesOption",
    "Json",
    "Master",
    "MaxRows",
    "NoAudit",
    "Out",
    "Part",
    "Port",
    "Quiet",
    "Resume",
    "Rows",
    "Scale",
    "Schema",
    "Seed",
    "Serve",
    "Shards",
    "Threads",
    "To",
    "Watch",
    "Workers",
]

EPILOG = (
    "Exit codes: 0 passed; 1 the audit failed, nothing published; 2 command line or schema error; "
    "3 too little data to decide; 4 input or output error; 5 a defect in Fanwise; 130, 143 interrupted."
)


Schema = Annotated[
    str,
    typer.Argument(metavar="SCHEMA", help="A YAML file or the name of a ready dataset.", autocompletion=schemas),
]
Scale = Annotated[float, typer.Option("--scale", metavar="X", help="Multiply the rows of every root table.")]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", help="Replace the schema's seed.")]
Rows = Annotated[
    list[str] | None,
    typer.Option("--rows", metavar="TABLE=N", help="Set the rows of one root table. Repeatable."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only results and errors.")]
Details = Annotated[bool, typer.Option("--details", help="Print the whole report, not only what matters at once.")]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")]
GatesOption = Annotated[
    str | None,
    typer.Option(
        "--gates",
        metavar="G",
        help="What can fail the audit: all, integrity or none. Default: the file's.",
        autocompletion=words("all", "integrity", "none"),
    ),
]
NoAudit = Annotated[bool, typer.Option("--no-audit", help="The same as --gates none: no forecast, no audit.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the files of an earlier run in DIR.")]
Clean = Annotated[bool, typer.Option("--clean", help="Leave out the defects that the schema declares.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Output folder. Default: out/NAME.")]
Resume = Annotated[bool, typer.Option("--resume", help="Continue a stopped run, or repair damaged files.")]
Part = Annotated[
    str | None, typer.Option("--shard", metavar="I/N", help="Generate part I of N. Join the parts with gen merge.")
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", min=1, help="Processes. Default: 1, or one per core for large runs."),
]
Threads = Annotated[int | None, typer.Option("--threads", metavar="N", min=1, help="Threads. Default: one per core.")]

Format = Annotated[
    str, typer.Option("--format", metavar="F", help="parquet, csv, jsonl or arrow.", autocompletion=formats)
]
MaxRows = Annotated[
    int | None, typer.Option("--max-rows", metavar="N", min=1, help="Refuse a plan that expects more rows in total.")
]
ChunkRows = Annotated[
    int | None,
    typer.Option("--chunk-rows", metavar="N", min=1, help="Rows of a chunk's largest table. Does not change values."),
]
Compression = Annotated[
    str | None,
    typer.Option(
        "--compression",
        metavar="C",
        help="Compression of the files: zstd, snappy, gzip, …",
        autocompletion=words("zstd", "snappy", "lz4", "gzip", "none"),
    ),
]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="URL", help="Deliver to duckdb:///F, postgresql://…, sqlite:///F, delta:///D, s3://…"),
]
Report = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="Write the report: .txt, .md, .json, .html or .xml (JUnit). 'github' annotates a job. Repeatable.",
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="E",
        help="Where rows are generated: local or spark.",
        autocompletion=words("local", "spark"),
    ),
]
Master = Annotated[
    str | None, typer.Option("--master", metavar="URL", help="With --engine spark: the cluster. Default: local[*].")
]
Shards = Annotated[
    int | None,
    typer.Option("--shards", metavar="N", min=1, help="With --engine spark: number of shards. Does not change values."),
]
Watch = Annotated[bool, typer.Option("--watch", help="Check again whenever the file is saved. Stop with Ctrl-C.")]
Serve = Annotated[bool, typer.Option("--serve", help="The same, with a live page on this machine (extra studio).")]
Port = Annotated[
    int | None,
    typer.Option("--port", metavar="N", min=1, max=65535, help="With --serve: the port. Default: a free one."),
]
