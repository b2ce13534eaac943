"""The gateway over real endpoints: fallback chains, breakers, repairs on another tier, and what each request costs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from askkit import BRIEF, GOOD, configured
from endpointkit import DROPPED, FakeEndpoint, Line, Reply, fails, says, serving, used
from fakes import NOON, FakeClock
from graph.contract import Budget, Ceiling, Header, Spend
from graph.errors import BudgetRefused, InvalidAnswer, ModelRefused, ModelUnavailable
from graph.ports import ModelCall, by_run
from graph.values import RunId, ThreadId
from machine_kit import machine
from store_kit import rows
from surefoot.models.choice import answering
from surefoot.models.gatekeeping import gateway_of
from surefoot.models.gateway import Gateway
from toydomain import Draft

ANSWER: Final = says(GOOD, usage=used(200, 8))
DOWN: Final = fails(503, "busy")
ROWS: Final = "SELECT tier, model, hop, tries, outcome, error FROM model_calls ORDER BY rowid"


def call(**budget: Any) -> ModelCall:
    """A drafting worker's call."""
    header = Header(
        run_id=RunId("run-1"), thread_id=ThreadId("thread-1"), tenant="acme", domain="toy", domain_version="1",
        budget=Budget.model_validate({"tokens": 100_000, **budget}), started_at=NOON,
    )  # fmt: skip
    return ModelCall(header=header, role="work", state="worker", worker="draft")


@dataclass
class Desk:
    """A gateway over its endpoints, and where they are charged."""

    gateway: Gateway
    clock: FakeClock
    endpoints: list[FakeEndpoint]
    db: Path

    async def ask(self, **budget: Any) -> Draft:
        """One structured call."""
        return await self.gateway.structured(call(**budget), BRIEF, Draft)

    async def spent(self) -> Spend:
        """The ledger's word on the run."""
        return await self.gateway.ledger.spent(by_run(call().header))

    def rows(self, sql: str = ROWS) -> list[tuple[object, ...]]:
        """What the file says."""
        return rows(self.db, sql)


@asynccontextmanager
async def desk(folder: Path, *lines: tuple[Line, ...], **chosen: Any) -> AsyncIterator[Desk]:
    """An endpoint for each tuple of lines: the first is the tiers' own, further ones are named `b`, `c`."""
    clock = FakeClock(share=0.0)
    with ExitStack() as stack:
        endpoints = [stack.enter_context(serving(*each)) for each in lines]
        further = {name: {"base_url": each.url} for name, each in zip("bc", endpoints[1:], strict=False)}
        settings = configured(folder, endpoints[0].url, **{"endpoints": further, "model_small": "s", **chosen})
        async with machine(folder) as opened, answering(settings, clock) as provider:
            gateway = gateway_of(provider, opened.store.ledger, opened.deps.domains, clock, settings)
            yield Desk(gateway, clock, endpoints, opened.store.path)


async def test_an_outage_goes_to_the_next_of_the_chain(tmp_path: Path) -> None:
    """At its own endpoint; each hop is a row with its tries, and only what answered is paid for."""
    async with desk(tmp_path, (DOWN,), (ANSWER,), model_large="m, n@b") as opened:
        assert (await opened.ask()).text == "Hello."
        assert opened.rows() == [
            ("large", "m", 0, 3, "error", "ModelUnavailable"),
            ("large", "n", 1, 1, "ok", None),
        ]
        assert await opened.spent() == (await opened.spent()).model_copy(update={"tokens": 208, "calls": 2})
        assert [request["model"] for request in opened.endpoints[1].requests] == ["n"]


async def test_a_rate_limit_goes_to_the_next_too(tmp_path: Path) -> None:
    """At once, where the endpoint asks for more patience than we have."""
    limited = fails(429, "slow down", retry_after="3600")
    async with desk(tmp_path, (limited,), (ANSWER,), model_large="m,n@b") as opened:
        await opened.ask()
        assert [row[1:4] for row in opened.rows()] == [("m", 0, 1), ("n", 1, 1)]


async def test_what_a_person_must_mend_is_not_passed_on(tmp_path: Path) -> None:
    """A wrong key is no outage: the second endpoint is not asked."""
    async with desk(tmp_path, (fails(401),), (ANSWER,), model_large="m,n@b") as opened:
        with pytest.raises(ModelRefused, match="does not take the key"):
            await opened.ask()
        assert opened.endpoints[1].requests == []
        assert [row[1:] for row in opened.rows()] == [("m", 0, 1, "error", "ModelRefused")]


async def test_a_chain_that_is_down_says_so_of_each(tmp_path: Path) -> None:
    """One line, and nothing is charged."""
    async with desk(tmp_path, (DOWN,), (fails(500, "sorry"),), model_large="m,n@b") as opened:
        with pytest.raises(ModelUnavailable, match=r"answers 503: busy; then 127.0.0.1:.* answers 500: sorry"):
            await opened.ask()
        assert (await opened.spent()).tokens == 0


async def test_a_dead_endpoint_is_not_asked_by_every_call(tmp_path: Path) -> None:
    """After some failed calls it is left alone for a while; then one call probes it, and its answer closes that."""
    lines: tuple[Line, ...] = (*[DOWN] * 6, ANSWER)
    chosen = {"model_large": "m,n@b", "model_breaker_faults": 2, "model_breaker_seconds": 30}
    async with desk(tmp_path, lines, (ANSWER,), **chosen) as opened:
        for _ in range(4):
            await opened.ask()
        assert len(opened.endpoints[0].requests) == 6
        assert [row[1] for row in opened.rows()] == ["m", "n", "m", "n", "n", "n"]
        opened.clock.advance(31)
        await asyncio.gather(opened.ask(), opened.ask())
        assert len(opened.endpoints[0].requests) == 7
        await opened.ask()
        assert opened.rows()[-1][1] == "m"


async def test_an_open_breaker_without_a_fallback_fails_at_once(tmp_path: Path) -> None:
    """With a line that says when it is asked again, and without a reservation."""
    async with desk(tmp_path, (DOWN,), model_breaker_faults=1, model_breaker_seconds=40) as opened:
        with pytest.raises(ModelUnavailable, match="503"):
            await opened.ask()
        with pytest.raises(ModelUnavailable, match=r"m at 127.0.0.1:\d+ keeps failing; it is asked again in 40 s"):
            await opened.ask()
        assert len(opened.rows()) == 1


async def test_a_broken_form_is_repaired_on_the_small_tier(tmp_path: Path) -> None:
    """By default; the row says that it was a repair."""
    async with desk(tmp_path, (says("no json", usage=used(5, 5)), ANSWER), model_headers={}) as opened:
        await opened.ask()
        told = opened.rows("SELECT role, tier, model, repair, outcome FROM model_calls ORDER BY rowid")
        assert told == [("work", "large", "m", 0, "invalid"), ("work", "small", "s", 1, "ok")]


@pytest.mark.parametrize(
    ("first", "chosen"),
    [
        (says('{"text": "Hel', finish="length", usage=used(5, 5)), {}),
        (says("no", usage=used(5, 5)), {"tiers": {"repair": "large"}}),
    ],
)
async def test_other_repairs_stay_on_their_tier(tmp_path: Path, first: Reply, chosen: dict[str, Any]) -> None:
    """An answer that was cut off needs the same mind again; and settings may keep all repairs there."""
    async with desk(tmp_path, (first, ANSWER), **chosen) as opened:
        await opened.ask()
        assert [row[:2] for row in opened.rows()] == [("large", "m"), ("large", "m")]


async def test_a_request_that_may_have_been_billed_is_charged(tmp_path: Path) -> None:
    """In full where nothing is known of its answer; the next request has a reservation of its own."""
    async with desk(tmp_path, (Reply({}, DROPPED), ANSWER)) as opened:
        await opened.ask()
        (first, second) = opened.rows("SELECT status, tokens, answer_tokens FROM reservations ORDER BY rowid")
        assert (first[0], first[2]) == ("settled", 1_500)
        assert second[:2] == ("settled", 208)
        lost = opened.rows("SELECT outcome, estimated, prompt_tokens + completion_tokens, error FROM model_calls")[0]
        assert lost[:3] == ("unknown", 1, first[1])
        assert str(lost[3]).endswith("ConnectionError")
        assert (await opened.spent()).tokens == int(str(first[1])) + 208


async def test_what_was_not_worked_on_costs_nothing(tmp_path: Path) -> None:
    """Refusals are tries of one reservation."""
    async with desk(tmp_path, (fails(429), DOWN, ANSWER)) as opened:
        await opened.ask()
        assert opened.rows() == [("large", "m", 0, 3, "ok", None)]
        assert (await opened.spent()).tokens == 208


async def test_a_retry_that_cannot_be_afforded_is_not_made(tmp_path: Path) -> None:
    """The lost request took what was left."""
    async with desk(tmp_path, (Reply({}, DROPPED), ANSWER)) as opened:
        with pytest.raises(BudgetRefused, match="would pass the run's budget"):
            await opened.ask(tokens=2_500)
        assert len(opened.endpoints[0].requests) == 1


async def test_the_cap_is_clipped_to_what_is_left(tmp_path: Path) -> None:
    """The endpoint is told the shorter one."""
    async with desk(tmp_path, (ANSWER,)) as opened:
        await opened.ask(tokens=1_200, alert_at=1.0)
        (cap,) = [request["max_tokens"] for request in opened.endpoints[0].requests]
        ((reserved,),) = opened.rows("SELECT answer_tokens FROM reservations")
        assert cap == reserved
        assert 256 <= cap < 1_500


async def test_usage_that_is_missing_is_counted_by_us(tmp_path: Path) -> None:
    """With the margin, and marked; it teaches the estimator nothing."""
    async with desk(tmp_path, (says(GOOD),)) as opened:
        await opened.ask()
        ((prompt, completion, estimated, counted),) = opened.rows(
            "SELECT prompt_tokens, completion_tokens, estimated, counted FROM model_calls"
        )
        assert (prompt, estimated) == (-(-int(str(counted)) * 5 // 4), 1)
        assert int(str(completion)) > len(GOOD) // 4
        assert await opened.gateway.ledger.reported("127.0.0.1", "m", 1) == ()


async def test_reports_calibrate_the_next_reservation(tmp_path: Path) -> None:
    """An endpoint that counts twice what we do is reserved for by its own measure."""
    async with desk(tmp_path, (says(GOOD, usage=used(1_000, 8)),)) as opened:
        await opened.ask()
        await opened.ask()
        first, second = [
            int(str(tokens)) for (tokens,) in opened.rows("SELECT counted FROM model_calls ORDER BY rowid")
        ]
        assert first == second
        assert await opened.gateway.estimator.prompt(
            first, f"127.0.0.1:{opened.endpoints[0].port}", "m", opened.gateway.ledger
        ) == min(1_250, 3 * first)


async def test_a_price_of_ones_own_is_charged(tmp_path: Path) -> None:
    """And a model without one is marked as unpriced, at no made-up price."""
    prices = {"m": {"input": 1, "output": 10}}
    async with desk(tmp_path, (ANSWER,), prices=prices) as opened:
        await opened.ask()
        assert opened.rows("SELECT usd_micros, priced FROM model_calls") == [(280, 1)]
    (tmp_path / "b").mkdir()
    async with desk(tmp_path / "b", (ANSWER,)) as opened:
        await opened.ask()
        assert opened.rows("SELECT usd_micros, priced FROM model_calls") == [(0, 0)]


async def test_a_ceiling_of_the_settings_is_kept(tmp_path: Path) -> None:
    """By the gateway, with when it is free again."""
    async with desk(tmp_path, (ANSWER,), day_tenants={"acme": Ceiling(tokens=600).model_dump()}) as opened:
        await opened.ask()
        with pytest.raises(BudgetRefused, match=r"ceiling of tenant acme: .*free again at 2025-12-02 00:00 UTC"):
            await opened.ask()


async def test_a_call_that_was_cut_off_in_flight_is_charged_in_full(tmp_path: Path) -> None:
    """Its caller was cancelled; nobody knows how far the model came."""
    async with desk(tmp_path, (Reply({}, delay=0.5),)) as opened:
        asking = asyncio.create_task(opened.ask())
        while not opened.endpoints[0].requests:  # noqa: ASYNC110 the endpoint is in another thread
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        ((status, tokens),) = opened.rows("SELECT status, tokens FROM reservations")
        assert (status, (await opened.spent()).tokens) == ("settled", tokens)
        assert int(str(tokens)) > 1_500


async def test_two_broken_answers_are_both_paid_for(tmp_path: Path) -> None:
    """A repair is a call like any other."""
    async with desk(tmp_path, (says("no", usage=used(30, 3)),)) as opened:
        with pytest.raises(InvalidAnswer):
            await opened.ask()
        assert (await opened.spent()).tokens == 66
