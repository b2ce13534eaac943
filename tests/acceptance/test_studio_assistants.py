"""Assistants: what a caller may choose, how it is shown, and what becomes of it."""

from typing import Any

import httpx
import pytest

from acceptance.command import CASES
from acceptance.studiokit import Studio
from graph.contract import Budget
from graph.states import ROWS
from surefoot.domains.support.cases import redraw

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def fetched(studio: Studio, assistant_id: str, what: str) -> Any:
    """One of the pages that Studio asks for."""
    async with httpx.AsyncClient(timeout=30) as http:
        answer = await http.get(f"{studio.server.url}/assistants/{assistant_id}/{what}")
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()


async def assistant(studio: Studio, **context: Any) -> str:
    """A new assistant's id."""
    made = await studio.client.assistants.create("surefoot", context=context, name="ours")
    return made["assistant_id"]


async def default(studio: Studio) -> str:
    """The assistant that the server makes by itself."""
    (found,) = await studio.client.assistants.search(metadata={"created_by": "system"})
    assert "takes one job" in str(found["description"]).lower()
    return found["assistant_id"]


async def test_the_form_of_an_assistant(studio: Studio) -> None:
    """Each choice has a title and a description; budget and models are typed field by field, closed sets are enums."""
    schema = (await fetched(studio, await default(studio), "schemas"))["context_schema"]
    fields = schema["properties"]
    assert set(fields) == {"domain", "tenant", "budget", "models"}
    assert (fields["domain"]["default"], fields["tenant"]["default"]) == ("support", "default")
    assert set(fields["budget"]["properties"]) == set(Budget.model_fields)
    assert fields["budget"]["properties"]["on_alert"]["enum"] == ["escalate", "simplify", "decline"]
    assert fields["budget"]["properties"]["usd"]["type"] == "number"
    assert set(fields["models"]["properties"]) == {"large", "small"}
    shown = [*fields.values(), *fields["budget"]["properties"].values(), *fields["models"]["properties"].values()]
    assert all(field["title"] and field["description"] for field in shown)


async def test_the_form_of_a_job(studio: Studio) -> None:
    """The input's form has the domain's own fields, and messages, which is what switches chat mode on."""
    schema = (await fetched(studio, await default(studio), "schemas"))["input_schema"]
    assert set(schema["properties"]) == {"request", "messages"}
    request = schema["$defs"][schema["properties"]["request"]["$ref"].rpartition("/")[2]]
    assert set(request["properties"]) == {"customer_email", "message", "order_id"}
    assert request["required"] == ["customer_email", "message"]
    assert schema["properties"]["messages"]["type"] == "array"


async def test_the_drawing(studio: Studio) -> None:
    """Studio draws every node with its description and every conditional edge with a label."""
    drawing = await fetched(studio, await default(studio), "graph")
    told = {node["id"]: node.get("metadata", {}).get("description", "") for node in drawing["nodes"]}
    assert all(ROWS[name].enters_when in told[name] for name in ROWS)
    labelled = [edge for edge in drawing["edges"] if edge.get("conditional")]
    assert len(labelled) > 30
    assert all(edge["data"] for edge in labelled)


async def test_a_run_by_an_assistant(studio: Studio) -> None:
    """What the assistant chose is frozen into the run's header, a budget no wider than the domain's."""
    chosen = {"tenant": "acme", "budget": {"usd": 0.25, "calls": 9_000}, "models": {"large": "big-1"}}
    assistant_id, thread_id = await assistant(studio, **chosen), await studio.thread()
    case = redraw(CASES["where_is_my_order"], 31)
    await studio.run(thread_id, assistant=assistant_id, input={"request": case.request})
    header = (await studio.settled(thread_id))["header"]
    assert (header["tenant"], header["domain"], header["models"]) == ("acme", "support", {"large": "big-1"})
    assert (header["budget"]["usd"], header["budget"]["calls"]) == (0.25, 60)


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ({"budget": {"usd": -1}}, "budget.usd: "),
        ({"budget": {"dollars": 1}}, "budget.dollars: "),
        ({"budget": "cheap"}, "budget: "),
        ({"domain": "nonesuch"}, "nonesuch"),
        ({"domain": 7}, "domain: "),
        ({"tenant": ""}, "tenant: "),
        ({"models": {"medium": "m"}}, "models.medium"),
    ],
)
async def test_a_wrong_choice(studio: Studio, context: dict[str, Any], told: str) -> None:
    """A mistake in an assistant's context rejects its runs, with one line that names the field."""
    assistant_id, thread_id = await assistant(studio, **context), await studio.thread()
    await studio.run(thread_id, assistant=assistant_id, input={"request": CASES["where_is_my_order"].request})
    outcome = (await studio.settled(thread_id))["outcome"]
    assert (outcome["status"], outcome["cause"]) == ("rejected", "bad_request")
    assert told in outcome["message"]
    assert len(outcome["message"].splitlines()) == 1
