"""`gen dbt`: data, sources or seeds, and tests in a dbt project. What Fanwise did not write is never replaced."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fanwise.generator.cli.options import Clean, NoAudit, Quiet, Rows, Scale, Schema, Seed
from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import OutputError, Problem, UsageError
from fanwise.io.process import reduce_startup_cost

if TYPE_CHECKING:
    from fanwise.generator.plan import Plan

__all__ = ["dbt"]

_PROJECT = """\
# {mark}
name: {name}
version: "1.0"
profile: {name}
model-paths: [models]
seed-paths: [seeds]
test-paths: [tests]
"""
_PROFILE = """\
# {mark}
{name}:
  target: dev
  outputs:
    dev: {{type: duckdb, path: {name}.duckdb}}
"""


def dbt(
    schema: Schema,
    project: Annotated[Path, typer.Option("--project", metavar="DIR", help="The folder of the dbt project.")],
    seeds: Annotated[bool, typer.Option("--seeds", help="Write seeds (CSV) instead of sources (Parquet).")] = False,
    no_data: Annotated[bool, typer.Option("--no-data", help="Write sources and tests only, no rows.")] = False,
    seed: Seed = None,
    scale: Scale = 1.0,
    rows: Rows = None,
    no_audit: NoAudit = False,
    clean: Clean = False,
    quiet: Quiet = False,
) -> None:
    """Write data, sources or seeds, and tests into a dbt project."""
    screen = Screen(quiet=quiet)

    def action() -> int:
        from fanwise.generator.cli.actions import table_rows
        from fanwise.generator.cli.gates import gates_of
        from fanwise.generator.run.options import RunOptions

        if no_data and seeds:
            raise UsageError("FW-USAGE-CONFLICT", "--no-data and --seeds cannot be combined", "seeds are data")
        options = RunOptions(
            format="csv" if seeds else "parquet",
            seed=seed,
            scale=scale,
            rows=table_rows(rows or []),
            gates=gates_of(None, no_audit=no_audit),
            force=True,
            clean=clean,
        )
        return _write(screen, schema, project, options, seeds=seeds, data=not no_data)

    reduce_startup_cost()
    raise typer.Exit(screen.guarded(action))


def _write(screen: Screen, schema: str, project: Path, options: Any, *, seeds: bool, data: bool) -> int:
    """Write the data first: where the audit rejects them, the project stays as it was."""
    from dataclasses import replace

    from fanwise.generator.audit.contract import compile_contract
    from fanwise.generator.cli.actions import run_schema
    from fanwise.generator.language import load
    from fanwise.generator.output.manifest import read_manifest
    from fanwise.generator.plan import compile_plan
    from fanwise.validator.exports.dbt import Layout, dbt_files

    plan = compile_plan(load(schema), seed=options.seed, scale=options.scale, rows=options.rows)
    contract = compile_contract(plan)
    folders = _folders(project)
    described = {name: {"": words.table, **words.columns} for name, words in plan.schema.words.items()}
    layout = Layout({}, seeds, **folders, described=described)
    folder = project / (f"{layout.seed_folder}/{contract.name}" if seeds else f"fanwise/{contract.name}")
    _refuse_foreign(project, dbt_files(contract, layout))
    if seeds:
        _refuse_large(plan)
    if data:
        code = run_schema(screen, schema, replace(options, out=folder))
        if code:
            return code
        files = {name: [file.path for file in made.files] for name, made in read_manifest(folder).tables.items()}
        layout = replace(layout, locations={} if seeds else _locations(contract.name, files))
        if seeds:
            _refuse_parts(name for name, paths in files.items() if paths != [f"{name}.csv"])
    written = _written(project, contract.name, layout.tests, dbt_files(contract, layout))
    screen.result(f"Wrote {written} files of sources and tests in {project}\nTry: {_build(project)}")
    return 0


def _locations(name: str, files: Mapping[str, list[str]]) -> dict[str, str]:
    """Return what dbt-duckdb reads for each table. The folder can be set by a variable of the project."""
    home = f"{{{{ var('fanwise_{name}', 'fanwise/{name}') }}}}"
    listed = {table: ", ".join(f"'{home}/{path}'" for path in paths) for table, paths in files.items()}
    return {table: f"read_parquet([{paths}])" for table, paths in listed.items()}


def _refuse_large(plan: Plan) -> None:
    """Raise UsageError, before a row is made, for tables of more rows than one file holds."""
    from fanwise.generator.run.filling import cut_of

    most = cut_of(plan)
    _refuse_parts(name for name, rows in plan.expected_rows.items() if rows > most.get(name, rows))


def _refuse_parts(large: Iterable[str]) -> None:
    if names := ", ".join(large):
        why = f"{names}: too many rows for a seed, which is one file"
        raise UsageError("FW-USAGE-VALUE", why, "leave out --seeds, or ask for fewer rows with --scale")


def _folders(project: Path) -> dict[str, str]:
    """Return the folders of a project; those of a new one where there is none yet."""
    path = project / "dbt_project.yml"
    if not path.exists():
        return {}
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError("FW-USAGE-VALUE", f"cannot be read: {error}", "repair it", str(path)) from error
    known = found if isinstance(found, dict) else {}
    keys = {"models": "model-paths", "seed_folder": "seed-paths", "tests": "test-paths"}
    return {name: str(known[key][0]) for name, key in keys.items() if isinstance(known.get(key), list) and known[key]}


def _refuse_foreign(project: Path, files: Mapping[str, str]) -> None:
    """Raise OutputError, with all of them, for files that Fanwise did not write."""
    foreign = [path for name in files if (path := project / name).exists() and not _is_own(path)]
    if foreign:
        hint = "move it, or choose another project"
        why = "was not written by Fanwise, and is not replaced"
        raise OutputError([Problem("FW-OUTPUT-EXISTS", why, hint, str(path)) for path in foreign])


def _is_own(path: Path) -> bool:
    from fanwise.validator.exports.dbt import MARK

    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return MARK in stream.readline(200)
    except OSError:
        return False


def _written(project: Path, name: str, tests: str, files: Mapping[str, str]) -> int:
    """Write the files, and a project where there is none; remove older tests of this dataset. Return their number."""
    from fanwise.generator.output.publishing.target import as_output_error
    from fanwise.io.whole_files import write_together
    from fanwise.validator.exports.dbt import MARK

    own = dict(files)
    if not (project / "dbt_project.yml").exists():
        own["dbt_project.yml"] = _PROJECT.format(mark=MARK, name=name)
        if not (project / "profiles.yml").exists():
            own["profiles.yml"] = _PROFILE.format(mark=MARK, name=name)
    with as_output_error(project):
        write_together({project / each: text if text.endswith("\n") else f"{text}\n" for each, text in own.items()})
        for old in sorted((project / tests / name).glob("*.sql")):
            if _is_own(old) and old.relative_to(project).as_posix() not in own:
                old.unlink()
    return len(own)


def _build(project: Path) -> str:
    """Return what builds the project: from within, because the paths of its files and of its profile are relative."""
    profile = " --profiles-dir ." if (project / "profiles.yml").is_file() else ""
    return f"cd {shlex.quote(str(project))} && dbt build{profile}"
