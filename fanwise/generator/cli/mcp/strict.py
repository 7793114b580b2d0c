"""A server that refuses arguments which a tool does not have: the SDK leaves them out and says nothing."""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from fanwise.io.problems import nearest

__all__ = ["StrictServer"]


class StrictServer(MCPServer[Any]):
    """A server of tools whose arguments are exactly those that it lists."""

    async def list_tools(self) -> Any:
        """List the tools; each schema says that there are no other arguments."""
        tools = await super().list_tools()
        for tool in tools:
            tool.input_schema = {**tool.input_schema, "additionalProperties": False}
        return tools

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """Call a tool; ToolError, which the agent reads, for an argument that it does not have."""
        known = {tool.name: list(tool.input_schema.get("properties", ())) for tool in await self.list_tools()}
        unknown = [argument for argument in arguments if name in known and argument not in known[name]]
        if unknown:
            told = [
                f"{name} has no argument '{argument}'. Hint: {nearest(argument, known[name])}" for argument in unknown
            ]
            raise ToolError("\n".join(told))
        return await super().call_tool(name, arguments, context)
