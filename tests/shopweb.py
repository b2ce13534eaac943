"""The shop over HTTP for tests: the real server in a thread, and servers on loopback that misbehave."""

import asyncio
import re
import shutil
import socket
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from surefoot.domains.support.shop import Shop, open_shop
from surefoot.domains.support.web.server import HOST, app_over

Answering = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What a server does with a request; the connection is closed after it."""


@dataclass(frozen=True)
class Hosted:
    """A running server, and which shop it serves."""

    app: FastAPI
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"

    def serve(self, shop: Shop) -> None:
        """From now on, this shop."""
        self.app.state.shop = shop


@contextmanager
def hosted(shop: Shop) -> Iterator[Hosted]:
    """The real app under the real server, in a thread."""
    app = app_over(shop)
    with socket.create_server((HOST, 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield Hosted(app, listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(timeout=10)
            assert not thread.is_alive()


@contextmanager
def shops(folder: Path) -> Iterator[Callable[[Path], Shop]]:
    """Fresh shops, copied from one that is made once."""
    made = folder / "template.db"
    open_shop(made)

    def fresh(where: Path) -> Shop:
        shutil.copyfile(made, where / "shop.db")
        return open_shop(where / "shop.db")

    yield fresh


@asynccontextmanager
async def loopback(answering: Answering) -> AsyncIterator[str]:
    """The address of a server that treats every request like this, one a connection."""
    under_way: set[asyncio.Task[None] | None] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.current_task())
        await answering(await asked(reader), reader, writer)
        await hang_up(writer)

    server = await asyncio.start_server(connected, HOST, 0)
    try:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*(task for task in under_way if task))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server((HOST, 0)) as found:
        port: int = found.getsockname()[1]
    return port


async def asked(reader: asyncio.StreamReader) -> bytes:
    """One whole request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return head + (await reader.readexactly(int(length.group(1))) if length else b"")


def answers(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> Answering:
    """The same answer to everybody; `length` is what it claims to send."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}", "", ""]
    return says("\r\n".join(lines).encode() + body)


def says(raw: bytes) -> Answering:
    """Sends these bytes and hangs up."""

    async def answer(_request: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    return answer


async def resets(_request: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Resets the connection."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def is_silent(_request: bytes, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Says nothing until the other side goes."""
    await gone(reader)


def repeats(head: bytes, chunk: bytes, every_seconds: float) -> Answering:
    """Sends a chunk again and again until the other side goes."""

    async def answer(_request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        left = asyncio.create_task(gone(reader))
        while not left.done():
            writer.write(chunk)
            await asyncio.wait({left}, timeout=every_seconds)

    return answer


async def gone(reader: asyncio.StreamReader) -> None:
    """Return when the other side has left, in whatever manner."""
    with suppress(ConnectionError):
        await reader.read()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close, whatever the other side thinks of it."""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def relayed(request: bytes, port: int) -> bytes:
    """The real server's whole answer."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(re.sub(rb"connection: keep-alive", b"Connection: close", request, count=1, flags=re.IGNORECASE))
    answer = await reader.read()
    await hang_up(writer)
    return answer
