"""One MCP session, opened when it is needed and opened anew after it broke; owned by a task of its own.

The session's task groups must be entered and left by one task, while calls come from any task, loop or thread.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any, Final, TypeVar, cast

import anyio
from langchain_mcp_adapters.sessions import Connection, create_session
from mcp import ClientSession, McpError
from mcp.types import CONNECTION_CLOSED, ServerNotification, ToolListChangedNotification

T = TypeVar("T")
OPEN_SECONDS: Final = 20.0
CLOSE_SECONDS: Final = 10.0
PING: Final = timedelta(seconds=2)
SESSION_TERMINATED: Final = 32600
"""The SDK's own code for a session that its server does not know any more."""

BROKEN: Final = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream)
"""What a pipe says that leads nowhere any more."""

Greeting = Callable[[ClientSession], Awaitable[None]]


class Link:
    """The way to one server. `greet` is run on each new session, before anybody else uses it."""

    def __init__(self, connection: Connection, greet: Greeting) -> None:
        self._connection = connection
        self._greet = greet
        self._loop = asyncio.get_running_loop()
        self._opening = asyncio.Lock()
        self._session: ClientSession | None = None
        self._owner: asyncio.Task[None] | None = None
        self._leave = asyncio.Event()
        self._doubtful = False
        self._changed = False

    async def ask(self, question: Callable[[ClientSession], Awaitable[T]]) -> T:
        """The answer over a live session. Raises what the transport raised, `ConnectionError` where nothing did.

        `McpError` remains for what the server itself says of the request.
        """
        if asyncio.get_running_loop() is not self._loop:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self.ask(question), self._loop))
        session, owner = await self._live()
        asked = asyncio.ensure_future(question(session))
        try:
            await asyncio.wait({asked, owner}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not asked.done():
                asked.cancel()
                self._doubtful = True  # it gave no answer in time; whether it still can, the next caller finds out
        return await self._outcome(asked, owner)

    async def close(self) -> None:
        """End the session, and with it a server that was started for it."""
        owner, self._owner, self._session = self._owner, None, None
        if owner is None:
            return
        self._leave.set()
        done, _ = await asyncio.wait({owner}, timeout=CLOSE_SECONDS)
        if not done:
            owner.cancel()
            await asyncio.wait({owner})

    async def _outcome(self, asked: asyncio.Future[T], owner: asyncio.Task[None]) -> T:
        if not asked.done():
            await self.close()
            raise _cause(owner)
        try:
            return asked.result()
        except (McpError, *BROKEN) as error:
            if isinstance(error, McpError) and error.error.code not in {CONNECTION_CLOSED, SESSION_TERMINATED}:
                raise
            await self.close()
            raise ConnectionResetError("the server ended the session") from error

    async def _live(self) -> tuple[ClientSession, asyncio.Task[None]]:
        async with self._opening:
            if self._doubtful:
                await self._ping()
            if self._session is None or self._owner is None or self._owner.done():
                await self._open()
            if self._session is None or self._owner is None:
                raise ConnectionError("the session ended while it was opened")
            if self._changed:
                self._changed = False
                await self._greet(self._session)
            return self._session, self._owner

    async def _ping(self) -> None:
        self._doubtful = False
        if self._session is None:
            return
        try:
            async with asyncio.timeout(PING.total_seconds()):
                await self._session.send_ping()
        except Exception:  # noqa: BLE001 whatever keeps it from answering, it is given up for a new one
            await self.close()

    async def _open(self) -> None:
        await self.close()
        self._leave = asyncio.Event()
        opened: asyncio.Future[ClientSession] = self._loop.create_future()
        owner = asyncio.create_task(self._own(opened, self._leave))
        either: set[asyncio.Future[Any]] = {opened, owner}
        done, _ = await asyncio.wait(either, timeout=OPEN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            owner.cancel()
            await asyncio.wait({owner})
            raise TimeoutError("the server did not open a session in time")
        if not opened.done():
            raise _cause(owner)
        self._session, self._owner = opened.result(), owner

    async def _own(self, opened: asyncio.Future[ClientSession], leave: asyncio.Event) -> None:
        async with create_session(self._listening()) as session:
            await session.initialize()
            await self._greet(session)
            opened.set_result(session)
            await leave.wait()

    def _listening(self) -> Connection:
        async def heard(message: object) -> None:
            if isinstance(message, ServerNotification) and isinstance(message.root, ToolListChangedNotification):
                self._changed = True  # the next caller asks what it is

        given = {"message_handler": heard, **(self._connection.get("session_kwargs") or {})}
        return cast("Connection", {**self._connection, "session_kwargs": given})


def _cause(owner: asyncio.Task[None]) -> BaseException:
    """Why a session ended: the one error at the bottom of the transport's groups."""
    error = None if owner.cancelled() else owner.exception()
    leaves = list(_leaves(error)) if error else []
    told = [leaf for leaf in leaves if not isinstance(leaf, BROKEN)]
    return told[0] if told else ConnectionResetError("the server ended the session")


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
