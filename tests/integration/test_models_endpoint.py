"""The provider against an endpoint on loopback: what it asks, what it takes for an answer, what it does not."""

import asyncio
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from askkit import GOOD, an_ask, completed, provider
from endpointkit import FakeEndpoint, Reply, fails, says, serving, used
from graph.briefs import ReviewVerdict
from graph.contract import Plan
from graph.schemas import schema_of
from surefoot.models.endpoints.openai_chat import OpenAIChat


def kinds(endpoint: FakeEndpoint) -> list[str]:
    """How each request asked for JSON."""
    formats = [request.get("response_format", {}) for request in endpoint.requests]
    return [("strict" if f["json_schema"]["strict"] else "schema") if f.get("json_schema") else f.get("type", "text")
            for f in formats]  # fmt: skip


async def test_an_answer(tmp_path: Path) -> None:
    """The text and the usage that the endpoint reports; the request carries key, model, cap and a strict schema."""
    with serving(says(GOOD, usage=used(50, 7, cached=30))) as endpoint:
        found = await completed(tmp_path, endpoint)
    assert (found.text, found.fault, found.estimated) == (GOOD, "", False)
    assert (found.prompt_tokens, found.completion_tokens, found.cached_tokens, found.usd_micros) == (50, 7, 30, 0)
    (request,) = endpoint.requests
    assert (request["model"], request["max_tokens"], request.get("stream", False)) == ("m", 100, False)
    assert "max_completion_tokens" not in request
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert (endpoint.paths, endpoint.headers[0]["authorization"]) == (["/v1/chat/completions"], "Bearer sk-secret")
    assert kinds(endpoint) == ["strict"]


@pytest.mark.parametrize(("model", "kind"), [(ReviewVerdict, "strict"), (Plan, "schema")])
async def test_strict_where_the_schema_allows(tmp_path: Path, model: type, kind: str) -> None:
    """A plan's task inputs are open objects, which strict mode cannot say; its schema still goes along."""
    with serving(says("{}")) as endpoint:
        await completed(tmp_path, endpoint, schema=schema_of(model))
    assert kinds(endpoint) == [kind]


async def test_usage_that_is_not_reported_is_estimated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Our own count, marked as such; said once, not at every call."""
    with serving(says(GOOD)) as endpoint:
        found = await completed(tmp_path, endpoint, times=3)
    assert found.estimated
    assert found.prompt_tokens > 20
    assert found.completion_tokens >= 14
    assert [record.message for record in caplog.records if "estimated" in record.message] == [
        f"127.0.0.1:{endpoint.port} reports no usage; its tokens are estimated"
    ]


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (says('{"text": "Hel', finish="length", usage=used(50, 100)), "it was cut off at 100 tokens, so be shorter"),
        (says(GOOD, finish="length", usage=used(50, 100)), "it was cut off at 100 tokens, so be shorter"),
        (says("", finish="content_filter", usage=used(50, 100)), "a content filter cut it"),
        (says(None, refusal="I will not.", usage=used(50, 100)), "the model refused to answer"),
        (says("", usage=used(50, 100)), "it was empty"),
        (says(None, usage=used(50, 100)), "it was empty"),
        (says(" \n", usage=used(50, 100)), "it was empty"),
    ],
)
async def test_what_is_no_whole_answer(tmp_path: Path, reply: Reply, fault: str) -> None:
    """Cut off, filtered, refused, empty: a fault whatever the text looks like; it was paid for; it is not retried."""
    with serving(reply) as endpoint:
        found = await completed(tmp_path, endpoint)
    assert (found.fault, found.prompt_tokens, found.completion_tokens) == (fault, 50, 100)
    assert len(endpoint.requests) == 1


async def test_a_filter_that_refuses_the_request(tmp_path: Path) -> None:
    """Azure's 400 is about this content, not about the settings: an invalid answer, for the gateway to judge."""
    with serving(fails(400, "filtered by the policy", code="content_filter")) as endpoint:
        assert (await completed(tmp_path, endpoint)).fault == "a content filter refused the request"


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        ("Invalid schema for response_format 'Draft'", ["strict", "schema", "schema"]),
        ("'response_format' of type 'json_schema' is not supported with this model", ["strict", "schema", "schema"]),
    ],
)
async def test_a_refused_schema_is_remembered(tmp_path: Path, words: str, steps: list[str]) -> None:
    """A 400 that names the form goes one step down, within the same try, and is not provoked again."""
    with serving(fails(400, words), says(GOOD)) as endpoint:
        assert (await completed(tmp_path, endpoint, times=2)).text == GOOD
    assert kinds(endpoint) == steps


async def test_down_to_plain_text(tmp_path: Path) -> None:
    """Where no form is taken the schema stands in the prompt, and a fence around the object is no fault."""
    refused = fails(400, "unknown field response_format")
    with serving(refused, refused, refused, says(f"Here you are:\n```json\n{GOOD}\n```")) as endpoint:
        assert (await completed(tmp_path, endpoint, times=2)).text == GOOD
    assert kinds(endpoint) == ["strict", "schema", "json_object", "text", "text"]
    carried = ['"title": "Draft"' in request["messages"][0]["content"] for request in endpoint.requests]
    assert carried == [False, False, True, True, True]


async def test_an_endpoint_that_ignores_schemas(tmp_path: Path) -> None:
    """Prose where a schema was taken: from then on the prompt carries the schema."""
    with serving(says("Dear Ada"), says(GOOD)) as endpoint:
        assert (await completed(tmp_path, endpoint, times=2)).text == GOOD
    assert kinds(endpoint) == ["strict", "json_object"]


async def test_azure(tmp_path: Path) -> None:
    """With an API version the request goes to the deployment, with Azure's header and the newer name of the cap."""
    with serving(says(GOOD, usage=used(50, 7))) as endpoint:
        url = endpoint.url.removesuffix("/v1")
        async with provider(tmp_path, url, openai_api_version="2025-04-01", model_headers={"X-Team": "a"}) as answers:
            assert (await answers.complete(an_ask(tmp_path))).text == GOOD
    assert endpoint.paths == ["/openai/deployments/m/chat/completions?api-version=2025-04-01"]
    assert (endpoint.headers[0]["api-key"], endpoint.headers[0]["x-team"]) == ("sk-secret", "a")
    assert endpoint.requests[0]["max_completion_tokens"] == 100


async def test_an_endpoint_without_a_key(tmp_path: Path) -> None:
    """Ollama and llama.cpp ask for none; the URL is enough."""
    with serving(says(GOOD)) as endpoint:
        async with provider(tmp_path, endpoint.url, openai_api_key=None) as answers:
            assert (await answers.complete(an_ask(tmp_path))).text == GOOD


async def test_from_more_than_one_event_loop(tmp_path: Path) -> None:
    """LangGraph Server calls from several loops; connections belong to the loop that made them."""
    with serving(says(GOOD)) as endpoint:
        async with provider(tmp_path, endpoint.url) as answers:
            asked = an_ask(tmp_path)
            assert isinstance(answers, OpenAIChat)

            async def elsewhere() -> str:
                text = (await answers.complete(asked)).text
                await answers.aclose()
                return text

            said = [await asyncio.to_thread(asyncio.run, elsewhere()) for _ in range(2)]
            assert [*said, (await answers.complete(asked)).text] == [GOOD] * 3


async def test_nothing_blocks_the_event_loop(tmp_path: Path) -> None:
    """LangGraph Server refuses file access on its loop; making a client reads certificates."""
    with serving(says(GOOD)) as endpoint:
        async with provider(tmp_path, endpoint.url) as answers:
            asked = an_ask(tmp_path)
            with blockbuster_ctx():
                assert (await answers.complete(asked)).text == GOOD
