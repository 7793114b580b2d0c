"""The server: which tools an agent sees, with what it must know of each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from mcp.server import MCPServer
from mcp_types import ToolAnnotations
from pydantic import Field

from fanwise.generator.cli.mcp.strict import StrictServer
from fanwise.generator.cli.mcp.tools import Tools
from fanwise.generator.cli.screen import program_version

__all__ = ["server_of"]

_INSTRUCTIONS = """\
Fanwise generates synthetic relational data from a YAML schema, with declared differences between segments, and audits
the written files. Work in this order: reference (the language), check (all errors and a forecast), preview (a few
rows), run. A result is verified only where its field "verified" is true: then an audit of written files has passed.
check, plan and preview verify nothing. "schema" is the path of a YAML file below the root folder, the name of a ready
dataset, or YAML text.
"""

Topic = Annotated[
    str,
    Field(
        description="Empty for an overview; a column kind such as lognormal; a part of the language such as "
        "multiplier, audit or table; contract; a ready dataset such as ecommerce, for its YAML; or an error code such "
        "as FW-PLAN-UNREACHABLE."
    ),
]
Schema = Annotated[
    str, Field(description="The path of a YAML file below the root folder, the name of a ready dataset, or YAML text.")
]
Seed = Annotated[int | None, Field(description="Replaces the seed of the schema.")]
Scale = Annotated[float, Field(description="Multiplies the rows of every root table.")]

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def server_of(tools: Tools) -> MCPServer[Any]:
    """Return the server of six tools."""
    server = StrictServer("fanwise", instructions=_INSTRUCTIONS, version=program_version(), log_level="WARNING")

    @server.tool(annotations=_READS)
    def reference(topic: Topic = "") -> dict[str, Any]:
        """Look up the schema language, a ready dataset, the keys of a contract or an error code."""
        return tools.reference(topic)

    @server.tool(annotations=_READS)
    def check(schema: Schema, seed: Seed = None, scale: Scale = 1.0) -> dict[str, Any]:
        """Report every error of a schema with its line and a fix, and forecast whether an audit will pass."""
        return tools.check(schema, seed, scale)

    @server.tool(annotations=_READS)
    def plan(schema: Schema, seed: Seed = None, scale: Scale = 1.0) -> dict[str, Any]:
        """Show the tables of a schema in order, with expected rows and bytes, and the means by segment."""
        return tools.plan(schema, seed, scale)

    @server.tool(annotations=_READS)
    def preview(
        schema: Schema,
        table: Annotated[str | None, Field(description="Only this table.")] = None,
        count: Annotated[int, Field(description="Rows of each table, at most 50.")] = 5,
        seed: Seed = None,
    ) -> dict[str, Any]:
        """Show the first rows of each table, or of one, without writing files."""
        return tools.preview(schema, table, count, seed)

    _add_judges(server, tools)
    return server


def _add_judges(server: MCPServer[Any], tools: Tools) -> None:
    """Add the tools whose result can be verified."""

    @server.tool(annotations=_WRITES)
    def run(
        schema: Schema,
        out: Annotated[str, Field(description="The folder of the files, relative to the root folder.")],
        file_format: Literal["parquet", "csv", "jsonl", "arrow"] = "parquet",
        seed: Seed = None,
        scale: Scale = 1.0,
        gates: Annotated[
            Literal["all", "integrity", "none"] | None,
            Field(description="What can fail the audit; without it, the schema decides."),
        ] = None,
        replace: Annotated[
            bool, Field(description="Replace the files of an earlier run; other files are never replaced.")
        ] = False,
    ) -> dict[str, Any]:
        """Generate a dataset, audit the files, and publish them in the folder `out` if the audit passes."""
        return tools.run(schema, out, file_format, seed, scale, gates, replace=replace)

    @server.tool(annotations=_READS)
    def audit(
        data: Annotated[
            str, Field(description="A folder or a file of data, or a database file, below the root folder.")
        ],
        schema: Annotated[str | None, Field(description="As for check. Give this or contract.")] = None,
        contract: Annotated[str | None, Field(description="The file of a contract. Give this or schema.")] = None,
    ) -> dict[str, Any]:
        """Audit data against a schema, or against a contract: rules and effects that data of any origin must keep."""
        return tools.audit(data, schema, contract)
