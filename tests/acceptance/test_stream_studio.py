"""Drafts over LangGraph's own API, as Studio and any other UI read them."""

from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk import get_client

from acceptance.command import CASES, Command
from acceptance.served import served
from surefoot.domains.support.shop.rehearsal import letters

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def test_a_draft_grows_in_a_chat(tmp_path: Path) -> None:
    """Modes `custom` and `messages-tuple` carry the letter piece by piece; together it is the letter that was sent."""
    case, parts = CASES["where_is_my_order"], list[Any]()
    with served(tmp_path) as server:
        async with get_client(url=server.url) as client:
            thread_id = (await client.threads.create())["thread_id"]
            async for part in client.runs.stream(
                thread_id, "surefoot", input={"request": case.request}, context={"domain": "support"},
                stream_mode=["custom", "messages-tuple"],
            ):  # fmt: skip
                parts.append(part)
    (sent,) = letters(Command(tmp_path).shop, case.request["customer_email"])
    says = [part.data for part in parts if part.event == "custom"]
    chunks = [part.data[0] for part in parts if part.event == "messages" and part.data[0]["type"] == "AIMessageChunk"]
    assert "".join(each["text"] for each in says) == sent
    assert "".join(chunk["content"] for chunk in chunks) == sent
    assert {chunk["id"] for chunk in chunks} == {f"{says[0]['draft']}-1"}
    assert len(says) == len(chunks) > 5
