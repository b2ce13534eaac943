import asyncio

import pytest

from fakes import Claim, MemoryEffects
from graph.domain import EffectIdentity, Tool
from graph.errors import Fenced, StorageError, ToolFailed
from graph.ports import Begun, RunRef, by_run
from graph.toolcall import ToolCall, ToolError
from graph.values import Json
from toolbox import Ask, Bench, Flaky, Said, context, effect, tool, yes
from tools.effects import effect_key
from tools.validate import read_input

RUN = by_run(context().header)


def key_of(used: Tool, args: Json, run: str = "run-1", tenant: str = "acme") -> str:
    """The key of one call."""
    return effect_key(used, read_input(used, args), context(run=run, tenant=tenant).header)


def claim_of(bench: Bench) -> Claim:
    """The one claim in the journal."""
    (claim,) = bench.effects.claims.values()
    return claim


def test_a_key_is_run_tool_and_identity() -> None:
    """Equal for one effect whatever else the input says; different for another order, tool, run or tenant."""
    one = key_of(effect(), {"order": "A1", "amount": 1})
    assert one == key_of(effect(), {"amount": 9, "order": "A1"})
    others = [
        key_of(effect(), {"order": "A2"}),
        key_of(effect(name="other"), {"order": "A1"}),
        key_of(effect(), {"order": "A1"}, run="run-2"),
        key_of(effect(), {"order": "A1"}, tenant="other"),
        key_of(effect(identity=EffectIdentity()), {"order": "A1"}),
    ]
    assert len({one, *others}) == 6


def test_a_key_is_readable_and_safe_for_any_backend() -> None:
    """It starts with the tool's name and holds no personal data and no odd characters."""
    key = key_of(effect(name="send reply/v2"), {"order": "ann@example.com"})
    assert key.startswith("send_reply_v2-")
    assert "ann" not in key
    assert len(key) <= 57
    assert key.replace("-", "").replace("_", "").isalnum()


def test_a_tenants_effect_is_one_for_all_its_runs() -> None:
    """Two jobs must not submit one order twice."""
    used = effect(identity=EffectIdentity(("order",), "tenant"))
    assert key_of(used, {"order": "A1"}) == key_of(used, {"order": "A1"}, run="run-2")
    assert key_of(used, {"order": "A1"}) != key_of(used, {"order": "A1"}, tenant="other")


@pytest.mark.parametrize("identity", [None, EffectIdentity(("colour",))])
async def test_an_effect_without_a_true_identity_is_not_made(identity: EffectIdentity | None) -> None:
    """A domain's mistake stops the effect and is told in the words of its remedy."""
    flaky = Flaky()
    error = await Bench().error(effect(flaky, identity=identity))
    assert error.code == "internal"
    assert "identity" in error.message
    assert flaky.calls == 0


async def test_an_effect_is_made_once_and_then_replayed() -> None:
    """A second call, even by another task of the run, gives the recorded result and calls nothing."""
    bench, flaky = Bench(), Flaky()
    first, second = await bench.call(effect(flaky)), await bench.call(effect(flaky), by=context("2/other"))
    assert first == second
    assert (flaky.calls, [row.tries for row in bench.records.tool_calls("run-1")]) == (1, [1, 0])
    assert [done.args for done in await bench.effects.done(RUN)] == [{"order": "A1", "amount": 1}]


async def test_the_same_effect_with_another_input_is_a_conflict() -> None:
    """A reworded draft or another amount cannot do it again."""
    bench, flaky = Bench(), Flaky()
    await bench.call(effect(flaky))
    error = await bench.error(effect(flaky), {"order": "A1", "amount": 2})
    assert (error.code, flaky.calls) == ("conflict", 1)


async def test_a_refusal_by_the_backend_frees_the_key() -> None:
    """What certainly did not happen may be tried again, with another input too."""
    bench, flaky = Bench(), Flaky(ToolFailed(ToolError(code="denied", message="above the paid amount")))
    assert (await bench.error(effect(flaky))).message == "above the paid amount"
    assert not bench.effects.claims
    assert (await bench.call(effect(flaky), {"order": "A1", "amount": 2})).ok


@pytest.mark.parametrize("error", [ConnectionResetError(), TimeoutError(), KeyError("x")])
async def test_without_keys_a_lost_answer_is_an_unknown_outcome(error: Exception) -> None:
    """Nobody guesses whether it happened: a person is told the effect's key, and no later call repeats it."""
    bench, flaky = Bench(), Flaky(error)
    used = effect(flaky, honours_keys=False)
    lost = await bench.error(used)
    assert (lost.code, lost.retryable, lost.effect_key) == ("unknown_outcome", False, key_of(used, {"order": "A1"}))
    assert claim_of(bench).status == "started"
    assert ((await bench.error(used)).code, flaky.calls) == ("unknown_outcome", 1)


async def test_without_keys_a_request_that_never_left_may_be_made_later() -> None:
    """A refused connection is certain: the key is free, and the run's queue may try again."""
    bench, flaky = Bench(), Flaky(ConnectionRefusedError())
    used = effect(flaky, honours_keys=False)
    assert (await bench.error(used)).retryable
    assert (await bench.call(used)).ok


async def test_without_keys_an_unreadable_receipt_is_an_unknown_outcome() -> None:
    """The backend did answer, so it may well have acted."""
    error = await Bench().error(effect(lambda _ask, key: {"nonsense": key}, honours_keys=False))
    assert error.code == "unknown_outcome"


async def test_with_keys_a_lost_answer_is_asked_for_again_under_the_same_key() -> None:
    """The journal keeps `started`; the next attempt of the task sends the same key and gets the receipt."""
    bench, flaky = Bench(), Flaky(*[ConnectionResetError() for _ in range(3)])
    assert (await bench.error(effect(flaky))).code == "unavailable"
    assert claim_of(bench).status == "started"
    assert (await bench.call(effect(flaky), by=context(attempt=2))).ok
    assert (claim_of(bench).status, len(set(flaky.keys))) == ("done", 1)


async def test_a_passing_refusal_does_not_speak_for_an_earlier_lost_answer() -> None:
    """Lost answer, then 'too busy': the first try may have acted, so the claim stays."""
    busy = [ToolFailed(ToolError(code="unavailable", message="busy", retryable=True)) for _ in range(2)]
    bench = Bench()
    await bench.error(effect(Flaky(ConnectionResetError(), *busy)))
    assert claim_of(bench).status == "started"


@pytest.mark.parametrize(("honours_keys", "code"), [(True, None), (False, "unknown_outcome")])
async def test_a_dead_process_claim(honours_keys: bool, code: str | None) -> None:
    """Started by a process that died: called again only where the backend honours keys."""
    bench, used = Bench(), effect(honours_keys=honours_keys)
    call = ToolCall(tool="act", args={"order": "A1", "amount": 1})
    await bench.effects.begin(RUN, key_of(used, {"order": "A1"}), call, "victim", honours_keys=honours_keys)
    assert (await bench.error(used)).code == "unavailable"
    bench.effects.dead.add("victim")
    result = await bench.call(used)
    assert (result.error.code if result.error else None) == code


async def test_an_effect_that_a_person_confirmed_has_no_receipt_to_replay() -> None:
    """It is not made again, and no receipt is made up."""
    bench, flaky = Bench(), Flaky(ConnectionResetError())
    used = effect(flaky, honours_keys=False)
    lost = await bench.error(used)
    await bench.effects.settle(RUN, lost.effect_key or "", "done", "person:ann")
    assert ((await bench.error(used)).code, flaky.calls) == ("conflict", 1)


async def test_an_effect_that_a_person_ruled_out_is_made() -> None:
    """After `not_done` the key is free again."""
    bench, flaky = Bench(), Flaky(ConnectionResetError())
    used = effect(flaky, honours_keys=False)
    lost = await bench.error(used)
    await bench.effects.settle(RUN, lost.effect_key or "", "not_done", "person:ann")
    assert ((await bench.call(used)).ok, flaky.calls) == (True, 2)


async def test_two_calls_at_once_make_one_effect() -> None:
    """The second of two concurrent calls is told to come back; then it gets the same receipt."""
    bench, begun, gate, calls = Bench(), asyncio.Event(), asyncio.Event(), []

    async def slow(ask: Ask, key: str) -> Said:
        calls.append(key)
        begun.set()
        await gate.wait()
        return yes(ask)

    first = asyncio.create_task(bench.call(effect(slow)))
    await begun.wait()
    busy = await bench.error(effect(slow))
    gate.set()
    assert (busy.code, busy.retryable, len(calls)) == ("unavailable", True, 1)
    assert await first == await bench.call(effect(slow))
    assert len(calls) == 1


@pytest.mark.parametrize(("honours_keys", "code"), [(True, None), (False, "unknown_outcome")])
async def test_a_cancelled_effect_stays_started(honours_keys: bool, code: str | None) -> None:
    """A cancellation passes through and claims nothing; what follows depends on the backend's keys."""
    bench, begun = Bench(), asyncio.Event()

    async def hang(_: Ask, key: str) -> Said:
        begun.set()
        await asyncio.Event().wait()
        return Said(text=key)

    call = asyncio.create_task(bench.call(effect(hang, honours_keys=honours_keys)))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert claim_of(bench).status == "started"
    assert not bench.records.rows
    result = await bench.call(effect(honours_keys=honours_keys))
    assert (result.error.code if result.error else None) == code


class Broken(MemoryEffects):
    """A journal whose storage fails at one operation."""

    def __init__(self, at: str, error: Exception) -> None:
        super().__init__()
        self.at, self.error = at, error

    async def begin(
        self, run: RunRef, key: str, call: ToolCall, holder: str, *, honours_keys: bool, quiet_seconds: float = 0.0
    ) -> Begun:
        """Begin, or fail."""
        if self.at == "begin":
            raise self.error
        return await super().begin(run, key, call, holder, honours_keys=honours_keys, quiet_seconds=quiet_seconds)

    async def finish(self, run: RunRef, key: str, holder: str, result: Json) -> None:
        """Finish, or fail."""
        if self.at == "finish":
            raise self.error
        await super().finish(run, key, holder, result)


@pytest.mark.parametrize("at", ["begin", "finish"])
async def test_a_lost_lease_is_the_one_exception_that_passes(at: str) -> None:
    """A zombie stops at once."""
    with pytest.raises(Fenced):
        await Bench(effects=Broken(at, Fenced("taken over"))).call(effect())


async def test_no_effect_without_a_journal() -> None:
    """Where the claim cannot be written down, nothing is called."""
    flaky = Flaky()
    error = await Bench(effects=Broken("begin", StorageError("disk full"))).error(effect(flaky))
    assert (error.code, flaky.calls) == ("unavailable", 0)


@pytest.mark.parametrize(("honours_keys", "code"), [(True, "unavailable"), (False, "unknown_outcome")])
async def test_a_receipt_that_cannot_be_kept(honours_keys: bool, code: str) -> None:
    """It happened, yet the journal does not know: safe to repeat with keys, a person's matter without."""
    bench = Bench(effects=Broken("finish", StorageError("disk full")))
    assert (await bench.error(effect(honours_keys=honours_keys))).code == code


async def test_a_call_that_cannot_be_recorded_is_no_success() -> None:
    """Nothing goes unrecorded: the caller tries again later, and an effect is then replayed."""
    bench, flaky = Bench(), Flaky()
    bench.records.raises = StorageError("disk full")
    assert (await bench.error(effect(flaky))).code == "unavailable"
    bench.records.raises = Fenced("taken over")
    with pytest.raises(Fenced):
        await bench.call(tool())
    bench.records.raises = None
    assert (await bench.call(effect(flaky))).ok
    assert flaky.calls == 1


class Slow(MemoryEffects):
    """A journal whose `finish` waits to be let through."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.gate = asyncio.Event(), asyncio.Event()

    async def finish(self, run: RunRef, key: str, holder: str, result: Json) -> None:
        """Finish once the gate is open."""
        self.reached.set()
        await self.gate.wait()
        await super().finish(run, key, holder, result)


async def test_what_happened_is_written_down_even_if_the_caller_gives_up() -> None:
    """A cancellation that comes after the effect does not keep its receipt from the journal."""
    journal = Slow()
    call = asyncio.create_task(Bench(effects=journal).call(effect()))
    await journal.reached.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    journal.gate.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [claim.status for claim in journal.claims.values()] == ["done"]


async def test_a_final_refusal_speaks_for_earlier_tries() -> None:
    """Lost answer, then 'not allowed' under the same key: a backend that honours keys has not acted."""
    bench = Bench()
    refused = ToolFailed(ToolError(code="denied", message="above the paid amount"))
    assert (await bench.error(effect(Flaky(ConnectionResetError(), refused)))).code == "denied"
    assert not bench.effects.claims
