import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.schema import ThreadState

from acceptance.command import CASES, Command
from acceptance.served import Server, served
from surefoot.domains.support.cases import Case, redraw
from surefoot.domains.support.shop.rehearsal import letters

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

APPROVE = {"resume": {"decisions": [{"type": "approve"}]}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server and its database are."""
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    """One server for all tests but the last."""
    with served(folder) as up:
        yield up


@pytest.fixture
async def client(server: Server) -> AsyncIterator[LangGraphClient]:
    """What a UI uses."""
    async with get_client(url=server.url) as connected:
        yield connected


async def thread(client: LangGraphClient) -> str:
    """A new thread's id."""
    return (await client.threads.create())["thread_id"]


async def run(client: LangGraphClient, thread_id: str, **given: Any) -> Any:
    """One run to its end, or to its interrupt; errors come back as data."""
    return await client.runs.wait(thread_id, "surefoot", raise_error=False, **given)


async def ticket(client: LangGraphClient, thread_id: str, name: str, seed: int = 1) -> Case:
    """A bundled ticket on a thread, with the customer and order of a seed: an order is refunded once."""
    case = redraw(CASES[name], seed)
    await run(client, thread_id, input={"request": case.request}, context={"domain": "support"})
    return case


async def settled(client: LangGraphClient, thread_id: str) -> dict[str, Any]:
    """The thread's values, nothing being left to do."""
    state: ThreadState = await client.threads.get_state(thread_id)
    assert state["next"] == []
    assert isinstance(state["values"], dict)
    return state["values"]


async def interrupts(client: LangGraphClient, thread_id: str) -> list[Any]:
    """What the thread waits for."""
    return list((await client.threads.get_state(thread_id))["interrupts"])


async def test_a_ticket_completes(client: LangGraphClient, folder: Path) -> None:
    """Under `langgraph dev` a ticket runs to its outcome; the shop has the reply, and the command line sees the run."""
    thread_id = await thread(client)
    case = await ticket(client, thread_id, "where_is_my_order")
    values = await settled(client, thread_id)
    assert (values["status"], values["outcome"]["cause"]) == ("complete", "done")
    command = Command(folder)
    assert letters(command.shop, case.request["customer_email"]) == [values["outcome"]["data"]["reply"]]
    listed = await asyncio.to_thread(command, "runs", "--status", "complete", "--json")
    assert values["header"]["run_id"] in [view["job"]["run_id"] for view in listed.data]


async def test_a_person_approves(client: LangGraphClient, folder: Path) -> None:
    """A run that waits shows its card in the form that Studio and inboxes render; approving completes it."""
    thread_id = await thread(client)
    case = await ticket(client, thread_id, "large_refund")
    (waiting,) = await interrupts(client, thread_id)
    (request,), (review,) = waiting["value"]["action_requests"], waiting["value"]["review_configs"]
    assert request["args"] == request["arguments"] == {"option": "approve", "note": ""}
    assert case.request["customer_email"] in request["description"]
    assert review == {"action_name": "decide", "allowed_decisions": ["approve", "edit", "reject"]}
    assert waiting["value"]["escalation"]["kind"] == "effect_approval"

    await run(client, thread_id, command=APPROVE)
    values = await settled(client, thread_id)
    assert "issue_refund" in values["outcome"]["data"]["actions"]
    assert len(letters(Command(folder).shop, case.request["customer_email"])) == 1


async def test_a_new_input_does_not_destroy_what_waits(client: LangGraphClient) -> None:
    """A new input on a thread whose run waits is refused; the interrupt is still there, and can be answered."""
    thread_id = await thread(client)
    await ticket(client, thread_id, "large_refund", seed=2)
    before = await interrupts(client, thread_id)
    refused = await run(client, thread_id, input={"request": CASES["where_is_my_order"].request})
    assert refused["__error__"]["error"] == "ThreadBusy"
    assert await interrupts(client, thread_id) == before
    await run(client, thread_id, command={"resume": {"option": "stop", "note": "no"}})
    assert (await settled(client, thread_id))["status"] == "rejected"


async def test_a_request_that_breaks_its_schema(client: LangGraphClient) -> None:
    """A bad request is no server error: the run is rejected, and its message names the field."""
    thread_id = await thread(client)
    await run(client, thread_id, input={"request": {"message": "hi"}}, context={"domain": "support"})
    outcome = (await settled(client, thread_id))["outcome"]
    assert (outcome["status"], outcome["cause"]) == ("rejected", "bad_request")
    assert "customer_email" in outcome["message"]


async def test_an_unknown_domain(client: LangGraphClient) -> None:
    """A domain that does not exist rejects the run and names those that do."""
    thread_id = await thread(client)
    await run(client, thread_id, input={"request": {}}, context={"domain": "nonesuch"})
    outcome = (await settled(client, thread_id))["outcome"]
    assert outcome["cause"] == "bad_request"
    assert "support" in outcome["message"]


async def test_schemas(client: LangGraphClient, server: Server) -> None:
    """Studio can draw the forms: the assistant's schemas answer 200, with the caller's choices as its configuration."""
    (assistant,) = await client.assistants.search()
    async with httpx.AsyncClient(timeout=30) as http:
        answer = await http.get(f"{server.url}/assistants/{assistant['assistant_id']}/schemas")
    assert answer.status_code == httpx.codes.OK
    assert list(answer.json()["input_schema"]["properties"]) == ["request"]
    assert {"domain", "tenant", "budget"} <= set(answer.json()["context_schema"]["properties"])


async def test_a_thread_survives_the_server(tmp_path: Path) -> None:
    """After `kill -9` of the server, a new one has the thread's card, and approving it completes the run, once.

    The server's own list of threads is up to ten seconds behind, so the thread's id is made known to it again.
    """
    with served(tmp_path) as first:
        async with get_client(url=first.url) as client:
            thread_id = await thread(client)
            case = await ticket(client, thread_id, "large_refund")
            before = await interrupts(client, thread_id)
            first.kill()
    with served(tmp_path) as second:
        async with get_client(url=second.url) as client:
            await client.threads.create(thread_id=thread_id, graph_id="surefoot", if_exists="do_nothing")
            assert await interrupts(client, thread_id) == before != []
            await run(client, thread_id, command=APPROVE)
            assert (await settled(client, thread_id))["status"] == "complete"
    assert len(letters(Command(tmp_path).shop, case.request["customer_email"])) == 1
