"""One LangGraph server a module, started by the first test that asks for it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from langgraph_sdk import get_client

from acceptance.served import Server, served
from acceptance.studiokit import Studio


@pytest.fixture(scope="module")
def studio_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server over a database of its own."""
    with served(tmp_path_factory.mktemp("studio")) as up:
        yield up


@pytest.fixture
async def studio(studio_server: Server) -> AsyncIterator[Studio]:
    """A client of it."""
    async with get_client(url=studio_server.url) as client:
        yield Studio(client, studio_server, studio_server.folder)
