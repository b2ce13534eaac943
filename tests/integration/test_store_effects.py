from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from checkpoints.records.effects import CLAIM_SECONDS
from checkpoints.store import Store
from fakes import FakeClock
from graph.canonical import canonical, digest
from graph.ports import Begun
from graph.toolcall import EffectDone, ToolCall
from graph.values import RunId
from store_kit import BACKENDS, REF, REFUND, THREAD, rows

KEY = "run-1/issue_refund/o1"
OTHER = ToolCall(tool="issue_refund", args={"order": "o1", "cents": 900})


@pytest.fixture
def clock() -> FakeClock:
    """Time that the test moves."""
    return FakeClock()


@pytest.fixture(params=BACKENDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    """A new store of each kind."""
    async with BACKENDS[request.param](tmp_path, clock) as opened:
        yield opened


async def begin(store: Store, *, call: ToolCall = REFUND, holder: str = "me", honours_keys: bool = False) -> Begun:
    """Ask the journal about the one effect of these tests."""
    return await store.effects.begin(REF, KEY, call, holder, honours_keys=honours_keys)


async def test_once_then_replayed(store: Store) -> None:
    """The first asker runs; after it is done everybody gets the recorded result."""
    assert await begin(store) == Begun("run")
    await store.effects.finish(REF, KEY, "me", {"receipt": "r1"})
    assert await begin(store, holder="other") == Begun("replay", {"receipt": "r1"})
    assert await store.effects.done(REF) == (
        EffectDone(tool="issue_refund", key=KEY, args=REFUND.args, result={"receipt": "r1"}),
    )


async def test_the_same_effect_with_other_input(store: Store) -> None:
    """A key that is known with other input is a conflict, before and after it is done."""
    await begin(store)
    assert await begin(store, call=OTHER) == Begun("conflict")
    await store.effects.finish(REF, KEY, "me", {})
    assert await begin(store, call=OTHER) == Begun("conflict")


async def test_input_is_compared_by_meaning(store: Store) -> None:
    """The order of a call's arguments is nothing."""
    await begin(store)
    await store.effects.finish(REF, KEY, "me", {})
    turned = ToolCall(tool="issue_refund", args=dict(reversed(REFUND.args.items())))
    assert await begin(store, call=turned) == Begun("replay", {})


async def test_under_way_is_busy(store: Store) -> None:
    """While its holder may be at it, nobody else is let in."""
    await begin(store)
    assert await begin(store, holder="other") == Begun("busy")


@pytest.mark.parametrize(("honours_keys", "verdict"), [(True, "run"), (False, "unknown")])
@pytest.mark.parametrize("death", ["a newer lease", "its time is over"])
async def test_a_holder_that_is_out(
    store: Store, clock: FakeClock, death: str, verdict: str, *, honours_keys: bool
) -> None:
    """A dead holder's effect is tried again where the backend honours keys; else only a person knows."""
    await store.leases.claim(THREAD, "first", 10)
    await begin(store)
    if death == "a newer lease":
        clock.advance(11)
        await store.leases.claim(THREAD, "second", 10)
    else:
        clock.advance(CLAIM_SECONDS)
    assert (await begin(store, holder="second", honours_keys=honours_keys)).verdict == verdict


async def test_a_late_word_is_evidence(store: Store, clock: FakeClock) -> None:
    """A holder that reports after it was given up flips nothing; what it says is kept for a person."""
    await begin(store)
    clock.advance(CLAIM_SECONDS)
    await begin(store, holder="second")
    await store.effects.finish(REF, KEY, "me", {"receipt": "late"})
    assert rows(store.path, "SELECT status, result, late FROM effects") == [("unknown", None, '{"receipt":"late"}')]
    assert await store.effects.done(REF) == ()


async def test_another_holders_word_is_evidence(store: Store) -> None:
    """Only the claimant's own word makes an effect done."""
    await begin(store)
    await store.effects.finish(REF, KEY, "other", {"receipt": "theirs"})
    assert rows(store.path, "SELECT status, late FROM effects") == [("started", '{"receipt":"theirs"}')]
    await store.effects.finish(REF, KEY, "me", {"receipt": "mine"})
    assert [effect.result for effect in await store.effects.done(REF)] == [{"receipt": "mine"}]


async def test_abandoned_may_be_tried_again(store: Store) -> None:
    """A claim is taken back by its holder only, and then anybody may try, with other input too."""
    await begin(store)
    await store.effects.abandon(REF, KEY, "other")
    assert await begin(store, holder="other") == Begun("busy")
    await store.effects.abandon(REF, KEY, "me")
    assert await begin(store, call=OTHER, holder="other") == Begun("run")


async def test_done_cannot_be_abandoned(store: Store) -> None:
    """What happened stays recorded."""
    await begin(store)
    await store.effects.finish(REF, KEY, "me", {})
    await store.effects.abandon(REF, KEY, "me")
    assert (await begin(store)).verdict == "replay"


@pytest.mark.parametrize(("word", "verdict"), [("done", "replay"), ("not_done", "run")])
async def test_a_persons_word(store: Store, clock: FakeClock, word: Literal["done", "not_done"], verdict: str) -> None:
    """A person settles an unknown effect: done is never repeated, not done may be tried again."""
    await begin(store)
    clock.advance(CLAIM_SECONDS)
    assert (await begin(store)).verdict == "unknown"
    await store.effects.settle(REF, KEY, word, "ann")
    assert rows(store.path, "SELECT status, settled_by FROM effects") == [(word, "ann")]
    assert (await begin(store)).verdict == verdict


@pytest.mark.parametrize(("word", "verdict"), [("done", "replay"), ("not_done", "run")])
async def test_a_persons_word_on_a_lost_answer(store: Store, word: Literal["done", "not_done"], verdict: str) -> None:
    """A call whose answer got lost leaves a claim behind; a person settles it, and a late report is evidence only."""
    await begin(store)
    await store.effects.settle(REF, KEY, word, "ann")
    await store.effects.finish(REF, KEY, "me", {"receipt": "late"})
    assert rows(store.path, "SELECT status, result, late FROM effects") == [(word, None, '{"receipt":"late"}')]
    assert await begin(store) == Begun(verdict)  # type: ignore[arg-type]


async def test_a_persons_word_uses_late_evidence(store: Store, clock: FakeClock) -> None:
    """Where the lost holder did report, a person's `done` takes its result."""
    await begin(store)
    clock.advance(CLAIM_SECONDS)
    await begin(store, holder="second")
    await store.effects.finish(REF, KEY, "me", {"receipt": "late"})
    await store.effects.settle(REF, KEY, "done", "ann")
    assert await begin(store) == Begun("replay", {"receipt": "late"})


async def test_a_persons_word_on_what_is_known(store: Store) -> None:
    """A person's word on an effect that is known to have happened changes nothing."""
    await begin(store)
    await store.effects.finish(REF, KEY, "me", {})
    await store.effects.settle(REF, KEY, "not_done", "ann")
    assert (await begin(store)).verdict == "replay"


async def test_keys_are_a_tenants(store: Store) -> None:
    """Another tenant's effect under the same key is another effect."""
    await begin(store)
    theirs = REF.model_copy(update={"tenant": "globex", "run_id": RunId("run-9")})
    assert await store.effects.begin(theirs, KEY, OTHER, "me", honours_keys=False) == Begun("run")


def test_canonical_json() -> None:
    """Equal JSON has one spelling and one hash; what is no JSON is refused."""
    assert canonical({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"a": float("inf")})
    with pytest.raises(TypeError):
        canonical({"a": object()})
