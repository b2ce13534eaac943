"""Random runs through the whole machine: whatever happens to them, what was promised holds."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.briefs import ReviewVerdict
from graph.errors import ModelUnavailable
from graph.jobs import RunView
from graph.states import ROWS, TERMINAL, allowed
from graph.values import Json
from machine_kit import (
    NONSENSE,
    ONLY_FIND,
    ONLY_GREET,
    Adapt,
    Machine,
    cancels_at,
    machine,
    narrow_at,
    untouched,
)  # fmt: skip
from toydomain import toy

DOWN: Final = ModelUnavailable("the endpoint is down")
PLANS: Final = st.lists(st.sampled_from([None, None, NONSENSE, ONLY_FIND, ONLY_GREET, "no json", DOWN]), max_size=5)
VERDICTS: Final = [ReviewVerdict(verdict=word) for word in ("revise", "escalate")]
REVIEWS: Final = st.lists(st.sampled_from([None, None, "no json", DOWN, *VERDICTS]), max_size=4)
DRAFTS: Final = st.lists(st.sampled_from([None, None, "no json", DOWN]), max_size=4)
TROUBLES: Final = st.sampled_from(["", "", "", "down", "shaky", "breaks_after", "refuses"])
BUDGETS: Final = st.fixed_dictionaries(
    {},
    optional={
        "calls": st.integers(1, 12),
        "tokens": st.sampled_from([500, 3_000, 20_000]),
        "on_alert": st.sampled_from(["escalate", "simplify", "decline"]),
    },
)
REQUESTS: Final[st.SearchStrategy[Json]] = st.builds(dict, name=st.sampled_from([*["Ada"] * 8, "Stranger", ""]),
                            price=st.sampled_from([1, 1, 500, 5_000]))  # fmt: skip
FAULTS: Final[st.SearchStrategy[Adapt]] = st.one_of(
    st.just(untouched),
    st.sets(st.integers(1, 12), max_size=3).map(lambda times: narrow_at(*times)),
    st.sampled_from(sorted(ROWS)).map(cancels_at),
)
"""Now and then the context does not fit, or the caller gives up at some node."""
POLICIES: Final = st.fixed_dictionaries(
    {
        "on_exhausted": st.sampled_from(["replan", "escalate", "fail"]).map(lambda word: lambda _result: word),
        "retry_base_seconds": st.sampled_from([0.001, 100.0]),
        "max_revisions": st.integers(0, 2),
        "max_escalations": st.integers(1, 4),
    }
)


@dataclass
class Walk:
    """One run, and the choices that are made for it."""

    opened: Machine
    data: st.DataObject
    view: RunView

    async def step(self) -> None:
        """Something happens to a run that is not over, or that failed."""
        self._trouble()
        run_id = self.view.job.run_id
        match self.view.status:
            case "waiting" if self._chance():
                self.view = await self.opened.runner.decide(run_id, await self._option())
            case "waiting" if self._chance():
                self.opened.clock.advance(2 * 24 * 3600)
                (self.view,) = await self.opened.runner.take_defaults(self.opened.clock.now())
            case "parked" if self._chance():
                self.opened.clock.advance(3600)
                (self.view,) = await self.opened.runner.wake(self.opened.clock.now())
            case "parked" | "interrupted" | "failed" if self._resumable():
                self.view = await self.opened.runner.resume(run_id)
            case "waiting" | "parked" | "interrupted":
                self.view = await self.opened.runner.cancel(run_id)

    def _chance(self) -> bool:
        return self.data.draw(st.sampled_from([True, True, True, False]))

    def _resumable(self) -> bool:
        outcome = self.view.outcome
        return self._chance() and not (outcome is not None and outcome.cause == "cancelled")

    def _trouble(self) -> None:
        self.opened.backend.mend()
        if trouble := self.data.draw(TROUBLES):
            self.opened.backend.break_down(trouble, self.data.draw(st.integers(1, 4)))

    async def _option(self) -> str:
        """Any option of the card; what happened to an effect is told truly."""
        card = await self.opened.card(self.view)
        if card.kind == "unknown_outcome":
            happened = bool(self.opened.backend.effects())
            return self.data.draw(st.sampled_from(["it_happened" if happened else "did_not", "stop"]))
        return self.data.draw(st.sampled_from([option.id for option in card.options]))

    async def check(self) -> None:
        """What holds after every step."""
        await self._check_transitions()
        await self._check_rest()
        effects = Counter(effect["key"] for effect in self.opened.backend.effects())
        assert set(effects.values()) <= {1}
        budget = (await self.opened.values(self.view))["header"].budget
        spent = await self.opened.spent(self.view)
        assert budget.tokens is None or spent.tokens <= budget.tokens
        assert budget.calls is None or spent.calls <= budget.calls

    async def _check_transitions(self) -> None:
        timeline = await self.opened.store.reads.timeline(self.view.job.run_id)
        assert [step.sequence for step in timeline] == list(range(1, len(timeline) + 1))
        assert all(allowed(step.source, step.target, step.reason) for step in timeline)
        assert [step.source for step in timeline[1:]] == [step.target for step in timeline[:-1]]

    async def _check_rest(self) -> None:
        status, state = self.view.status, self.view.state
        assert status in {*TERMINAL, "waiting", "parked"} or (status, state) == ("interrupted", "validating")
        assert (status in TERMINAL) == (self.view.outcome is not None)
        causes = {letter.letter.cause for letter in await self.opened.store.reads.dead_letters()}
        assert not causes & {"illegal_transition", "misdriven"}


async def walk(folder: Path, data: st.DataObject) -> None:
    """A run from its job to a rest, with up to eight things that happen to it on the way."""
    domain = toy(folder / "toy", honours_keys=data.draw(st.booleans()), **data.draw(POLICIES))
    script: dict[str, list[Any]] = {
        "plan": data.draw(PLANS), "review": data.draw(REVIEWS), "work:draft": data.draw(DRAFTS)
    }  # fmt: skip
    async with machine(folder, script, domain=domain, adapt=data.draw(FAULTS), most_supersteps=400) as opened:
        view = await opened.accept(data.draw(REQUESTS), budget=data.draw(BUDGETS))
        started = Walk(opened, data, view)
        started._trouble()
        started.view = await opened.runner.drive(view.job.run_id)
        await started.check()
        for _ in range(data.draw(st.integers(0, 8))):
            await started.step()
            await started.check()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_random_walks(data: st.DataObject) -> None:
    """No run leaves the table, skips a number, rests in limbo, repeats an effect or passes its budget."""
    with TemporaryDirectory() as folder:
        asyncio.run(walk(Path(folder), data))
