"""A server of the official MCP package for Python. `cargo xtask live` starts it, over stdio, or over HTTP on the
port that is its argument."""

import asyncio
import base64
import sys

try:
    from mcp.server import MCPServer
    from mcp.server.mcpserver import Image
    from mcp.server.mcpserver.exceptions import ToolError
except ImportError:  # before 2.0
    from mcp.server.fastmcp import FastMCP as MCPServer
    from mcp.server.fastmcp import Image
    from mcp.server.fastmcp.exceptions import ToolError

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

server = MCPServer("tides")
seen = {"cancelled": False}


@server.tool()
def tide(town: str) -> str:
    """The next high tide of a harbour town"""
    if town != "Bergen":
        raise ToolError(f"{town} is not listed")
    return f"04:12 in {town}"


@server.tool()
def levels(days: int) -> dict[str, float]:
    """The highest water of each of the next days, in metres"""
    return {f"day {day}": 1.0 + day / 4 for day in range(1, days + 1)}


@server.tool()
def chart() -> Image:
    """The tides of a day as a picture"""
    return Image(data=base64.b64decode(PNG), format="png")


@server.tool()
async def wait() -> str:
    """Waits until it is cancelled"""
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        seen["cancelled"] = True
        raise
    return "too late"


@server.tool()
async def was_cancelled() -> str:
    """Whether a call was cancelled"""
    for _ in range(50):
        if seen["cancelled"]:
            return "true"
        await asyncio.sleep(0.1)
    return "false"


if len(sys.argv) > 1:
    port = int(sys.argv[1])
    try:
        server.run("streamable-http", port=port)
    except TypeError:  # before 2.0
        server.settings.port = port
        server.run("streamable-http")
else:
    server.run()
