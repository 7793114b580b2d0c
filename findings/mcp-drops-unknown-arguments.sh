#!/usr/bin/env bash
# mcp 2.3.0 (the official SDK of the Model Context Protocol): an argument that a tool does not have is left out in silence.
#
# A client that asks `delete(days=30, dry_runn=True)` of a tool `delete(days, dry_run=False)` gets a success, and the tool has
# deleted. The schema that the server lists has no `additionalProperties: false`, so a client cannot tell either. The models
# that write such calls misspell arguments, or take the name that another server uses. A server that wants an error overrides
# `call_tool` and compares the names with those of `list_tools`.
#
# Seen on Python 3.11:
#   listed: ['days', 'dry_run'], additionalProperties not stated
#   called with dry_runn=True: is_error False, "deleted what is older than 30 days"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check mcp==2.3.0 pydantic==2.14.4
"$folder/venv/bin/python" -W ignore - <<'PY'
import anyio
from mcp import Client
from mcp.server import MCPServer

server = MCPServer("shop", log_level="ERROR")


@server.tool()
def delete(days: int, dry_run: bool = False) -> str:
    """Delete what is older than so many days."""
    return f"{'would delete' if dry_run else 'deleted'} what is older than {days} days"


async def ask():
    async with Client(server) as client:
        listed = (await client.list_tools()).tools[0].input_schema
        return listed, await client.call_tool("delete", {"days": 30, "dry_runn": True})


listed, found = anyio.run(ask)
text = found.content[0].text
stated = listed.get("additionalProperties", "not stated")
print(f"listed: {list(listed['properties'])}, additionalProperties {stated}")
print(f'called with dry_runn=True: is_error {found.is_error}, "{text}"')
same = not found.is_error and text.startswith("deleted") and stated == "not stated"
raise SystemExit(0 if same else "this changed")
PY
