"""The server: which tools an agent sees, with what it must know of each."""

from __future__ import annotations

from typing import Any, Literal

from mcp.server import MCPServer
from mcp_types import ToolAnnotations

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

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def server_of(tools: Tools) -> MCPServer[Any]:
    """Return the server of six tools."""
    server: MCPServer[Any] = MCPServer(
        "fanwise", instructions=_INSTRUCTIONS, version=program_version(), log_level="WARNING"
    )

    @server.tool(annotations=_READS)
    def reference(topic: str = "") -> dict[str, Any]:
        """Look up the schema language.

        topic: empty for an overview; the name of a column kind such as lognormal; a part of the language such as
        multiplier, audit or table; a ready dataset such as ecommerce, for its YAML; or an error code such as
        FW-PLAN-UNREACHABLE.
        """
        return tools.reference(topic)

    @server.tool(annotations=_READS)
    def check(schema: str, seed: int | None = None, scale: float = 1.0) -> dict[str, Any]:
        """Report every error of a schema with its line and a fix, and forecast whether an audit will pass."""
        return tools.check(schema, seed, scale)

    @server.tool(annotations=_READS)
    def plan(schema: str, seed: int | None = None, scale: float = 1.0) -> dict[str, Any]:
        """Show the tables of a schema in order, with expected rows and bytes, and the means by segment."""
        return tools.plan(schema, seed, scale)

    @server.tool(annotations=_READS)
    def preview(schema: str, table: str | None = None, count: int = 5, seed: int | None = None) -> dict[str, Any]:
        """Show the first rows of each table, or of one, without writing files. count: at most 50."""
        return tools.preview(schema, table, count, seed)

    _add_judges(server, tools)
    return server


def _add_judges(server: MCPServer[Any], tools: Tools) -> None:
    """Add the tools whose result can be verified."""

    @server.tool(annotations=_WRITES)
    def run(
        schema: str,
        out: str,
        file_format: Literal["parquet", "csv", "jsonl", "arrow"] = "parquet",
        seed: int | None = None,
        scale: float = 1.0,
        gates: Literal["all", "integrity", "none"] | None = None,
        replace: bool = False,
    ) -> dict[str, Any]:
        """Generate a dataset, audit the files, and publish them in the folder `out` if the audit passes.

        out: relative to the root folder. gates: what can fail the audit; without it, the schema decides. replace:
        replace the files of an earlier run; other files are never replaced.
        """
        return tools.run(schema, out, file_format, seed, scale, gates, replace=replace)

    @server.tool(annotations=_READS)
    def audit(data: str, schema: str | None = None, contract: str | None = None) -> dict[str, Any]:
        """Audit a folder of files or a DuckDB file against a schema, or against the file of a contract.

        data, contract: relative to the root folder. Give either schema or contract.
        """
        return tools.audit(data, schema, contract)
