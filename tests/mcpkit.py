"""A real MCP server, as a process of its own over stdio or HTTP; files in its folder say how it misbehaves.

`python tests/mcpkit.py FOLDER` speaks over stdio, `python tests/mcpkit.py FOLDER PORT` over HTTP on loopback.
"""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mcp import types
from mcp.server.fastmcp import Context, FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from pydantic import BaseModel

from graph.declare import Declared

READ = Declared(timeout_seconds=10.0)
REFUND = Declared(
    effect="irreversible", stakes="money", identity=("order_id",), honours_keys=True, key_argument="idempotency_key",
    timeout_seconds=10.0,
)  # fmt: skip
NOTE = Declared(effect="write", identity=("order_id",), timeout_seconds=10.0)
DECLARED = {"find_order": READ, "describe": READ, "announce": READ, "refund": REFUND, "add_note": NOTE}


class Order(BaseModel):
    """An order."""

    order_id: str
    cents: int


class Receipt(BaseModel):
    """A refund that was made."""

    order_id: str
    cents: int
    number: int


class Shop:
    """What the server acts on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "refunds.jsonl"

    def misbehave(self, how: str, times: int = 1) -> None:
        """Let the next calls of any tool go wrong: dies, dies_after, refuses, nonsense, noise; hangs, until mended."""
        (self.folder / how).write_text(str(times))

    def mend(self) -> None:
        """Hang no longer."""
        (self.folder / "hangs").unlink()

    def taken(self, how: str) -> bool:
        """Whether a call has to go wrong that way; counts it."""
        file = self.folder / how
        if not file.exists():
            return False
        left = int(file.read_text()) - 1
        file.write_text(str(left)) if left else file.unlink()
        return True

    def refunds(self) -> list[dict[str, Any]]:
        """Every refund that was made."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def refund(self, order_id: str, cents: int, key: str) -> Receipt:
        """Pay once a key."""
        made = self.refunds()
        known = [refund for refund in made if refund["key"] == key]
        if not known:
            with self.log.open("a") as log:
                log.write(json.dumps({"key": key, "order_id": order_id, "cents": cents}) + "\n")
        return Receipt(order_id=order_id, cents=cents, number=len(made) + (not known))


def server(folder: Path, port: int) -> FastMCP:
    """The server over the folder."""
    shop = Shop(folder)
    app = FastMCP("shop", host="127.0.0.1", port=port, log_level="ERROR")
    _add_reads(app, shop)
    _add_effects(app, shop)
    _may_talk_nonsense(app, shop)
    return app


def _add_reads(app: FastMCP, shop: Shop) -> None:
    @app.tool()
    def find_order(order_id: str) -> Order:
        """Find an order."""
        _misbehave(shop)
        return Order(order_id=order_id, cents=1990)

    @app.tool(structured_output=False, annotations=types.ToolAnnotations(readOnlyHint=True))
    def describe(order_id: str, style: str | None = None) -> str:
        """Describe an order in words."""
        _misbehave(shop)
        return f"{order_id}, {style or 'plainly'}"

    @app.tool()
    async def announce(context: Context[Any, Any, Any]) -> str:
        """Take a tool away, and tell everybody."""
        app.remove_tool("add_note")
        await context.session.send_tool_list_changed()
        return "told"


def _add_effects(app: FastMCP, shop: Shop) -> None:
    @app.tool()
    def refund(order_id: str, cents: int, idempotency_key: str) -> Receipt:
        """Pay an order back."""
        _misbehave(shop)
        receipt = shop.refund(order_id, cents, idempotency_key)
        if shop.taken("dies_after"):
            os._exit(1)
        return receipt

    def add_note(order_id: str, text: str) -> str:
        _misbehave(shop)
        return f"noted {text} on {order_id}"

    def add_coloured_note(order_id: str, text: str, colour: str) -> str:
        return f"noted {text} on {order_id} in {colour}"

    note = add_coloured_note if (shop.folder / "changed").exists() else add_note
    app.add_tool(note, "add_note", description="Leave a note.")


def _misbehave(shop: Shop) -> None:
    if shop.taken("refuses"):
        raise ToolError("this order is not known here")
    if shop.taken("noise"):
        os.write(1, b"this is no protocol\n")
    if shop.taken("dies"):
        os._exit(1)
    while (shop.folder / "hangs").exists():
        time.sleep(0.02)


def _may_talk_nonsense(app: FastMCP, shop: Shop) -> None:
    """Answers that the SDK itself would never let out."""
    handlers = app._mcp_server.request_handlers
    honest = handlers[types.CallToolRequest]

    async def answer(request: Any) -> types.ServerResult:
        if shop.taken("nonsense"):
            content: list[types.ContentBlock] = [types.TextContent(type="text", text="{}")]
            return types.ServerResult(types.CallToolResult(content=content, structuredContent={"cents": "many"}))
        return await honest(request)

    handlers[types.CallToolRequest] = answer


def stdio(folder: Path) -> Any:
    """How to start and reach the server over stdio."""
    return {"transport": "stdio", "command": sys.executable, "args": [__file__, str(folder)], "env": _environment()}


@contextlib.contextmanager
def served(folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The server over HTTP on a loopback port, until the context ends."""
    with subprocess.Popen([sys.executable, __file__, str(folder), str(port)], env=_environment()) as process:
        try:
            _await_port(process, port)
            yield process
        finally:
            process.kill()


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[1])
    return {**os.environ, "PYTHONPATH": root, "PYTHONWARNINGS": ""}


def _await_port(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the MCP server did not start")


async def main(folder: Path, port: int) -> None:
    """Serve until the input ends, or for ever."""
    app = server(folder, port)
    await (app.run_streamable_http_async() if port else app.run_stdio_async())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
