"""A server of the shop for as long as somebody needs it: a process of its own that ends with us, however we end."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final, Literal

from graph.errors import BadRequest, SurefootError
from surefoot.domains.support.web.choice import SHOP_URL, lacking

Place = Literal["local", "http"]
"""Where the shop is: a file behind functions, or the same file behind a server."""

START_SECONDS: Final = 20.0
END_SECONDS: Final = 5.0
CHILD: Final = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1)); "
    "runpy.run_module('surefoot.domains.support.web', run_name='__main__', alter_sys=True)"
)
"""The tree comes last on its path: it need not be installed, and shadows nothing."""
TREE: Final = str(Path(__file__).parents[4])


@asynccontextmanager
async def shop_at(place: Place, file: Path) -> AsyncIterator[str]:
    """Domains that are built meanwhile find the shop of this file there; gives its address, or its path.

    Raises `BadRequest` where a library is missing, `SurefootError` where the server does not start.
    """
    if place == "local":
        with _told(None):
            yield str(file)
        return
    if missing := lacking("fastapi", "uvicorn", "httpx"):
        raise BadRequest(f"--shop http {missing}")
    async with served(file) as url:
        with _told(url):
            yield url


@asynccontextmanager
async def served(file: Path, port: int = 0) -> AsyncIterator[str]:
    """The address of a server over this file; port 0 takes a free one. Raises `SurefootError` where it does not start.

    It has a session of its own, so that Ctrl-C reaches us alone and it outlives the last call that we make.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", CHILD, TREE, str(file), "--port", str(port), "--until-eof"),
        stdin=PIPE, stdout=PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        yield await _address(process)
    finally:
        await _end(process)


async def _address(process: Process) -> str:
    try:
        line = await asyncio.wait_for(_line(process), START_SECONDS)
    except TimeoutError:
        line = b""
    if not line:
        raise SurefootError("the shop's server did not start; what it said stands above")
    return line.decode().strip()


async def _line(process: Process) -> bytes:
    return await process.stdout.readline() if process.stdout else b""


async def _end(process: Process) -> None:
    if process.stdin:
        process.stdin.close()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), END_SECONDS)
    if process.returncode is None:
        process.kill()
        await process.wait()


@contextmanager
def _told(url: str | None) -> Iterator[None]:
    before = os.environ.pop(SHOP_URL, None)
    if url:
        os.environ[SHOP_URL] = url
    try:
        yield
    finally:
        os.environ.pop(SHOP_URL, None)
        if before is not None:
            os.environ[SHOP_URL] = before
