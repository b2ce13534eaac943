"""A broken line between a support tool and the real server of the shop: a port of its own, until it is mended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from graph.toolcall import ToolErrorCode
from shopweb import asked, free_port, hang_up, relayed
from surefoot.domains.support.web.server import HOST

LONG_SECONDS: Final = 20.0
"""The timeout of tools whose backend answers, however badly: a busy machine is no fault."""


@dataclass(frozen=True)
class Wire:
    """One connection to the armed port, and how often it was called before."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    port: int
    number: int


EFFECTS: Final = frozenset(
    {
        "cancel_order",
        "add_note",
        "issue_refund",
        "change_address",
        "create_return_label",
        "erase_customer",
        "send_reply",
    }
)
Fault = Callable[[Wire], Awaitable[None]]


@dataclass(frozen=True)
class Kind:
    """A way to fail, and what must come of it."""

    name: str
    code: ToolErrorCode | None
    """How the tool's last call ends; `None`: it gets its value."""
    fault: Fault
    scheme: str = "http"
    refuses: bool = False
    """Nobody listens on the port at all."""
    patience: float = LONG_SECONDS
    """How long the client waits for a whole answer, in seconds."""
    timeout: float = LONG_SECONDS
    """The tool's own, in seconds."""
    counts_late: bool = False
    """An effect's call ends well after all: the journal was told of the answer that nobody waited for."""

    def code_of(self, tool: str) -> ToolErrorCode | None:
        """How this tool's last call ends."""
        return None if self.counts_late and tool in EFFECTS else self.code


async def passed(wire: Wire) -> bytes:
    """The request is passed on, so that an effect happens; the real answer."""
    return await relayed(await asked(wire.reader), wire.port)


async def honest(wire: Wire) -> None:
    """The request and its answer are passed on."""
    wire.writer.write(await passed(wire))


class Line:
    """A port in front of the server at `port`: broken in one way until it is mended."""

    def __init__(self, kind: Kind, port: int) -> None:
        self._kind = kind
        self._port = port
        self._own = free_port()
        self._server: asyncio.Server | None = None
        self._under_way: set[asyncio.Task[None] | None] = set()
        self._mended = False

    @property
    def url(self) -> str:
        """Its address, for the tool."""
        return f"{self._kind.scheme}://{HOST}:{self._own}"

    async def open(self) -> None:
        """Listen, unless the fault is that nobody does."""
        if not self._kind.refuses:
            await self._listen()

    async def mend(self) -> None:
        """From now on requests and answers are passed on; what should speak TLS stays as it is."""
        self._mended = self._kind.scheme == "http"
        if self._server is None:
            await self._listen()

    async def close(self) -> None:
        """Once every connection is over."""
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*(task for task in self._under_way if task))

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connected, HOST, self._own)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._under_way.add(asyncio.current_task())
        wire = Wire(reader, writer, self._port, len(self._under_way) - 1)
        await (honest if self._mended else self._kind.fault)(wire)
        await hang_up(writer)


@asynccontextmanager
async def armed(kind: Kind, port: int) -> AsyncIterator[Line]:
    """The fault in front of the server at `port`."""
    line = Line(kind, port)
    await line.open()
    try:
        yield line
    finally:
        await line.close()
