from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import tools.pipeline
from graph.limits import BreakerRule, Rate
from graph.toolcall import ToolErrorCode
from toolbox import Bench, Flaky, Function, Said, domain, effect, tool

STAGES = (
    "withdrawn", "input", "approval", "journal", "turn", "call", "output", "size", "record",
)  # fmt: skip
"""As the pipeline must have them."""


def watched(monkeypatch: pytest.MonkeyPatch, bench: Bench) -> list[str]:
    """The stages that the bench's calls pass from now on, in order."""
    passed: list[str] = []

    def watch(holder: Any, name: str, stage: str) -> None:
        inner: Callable[..., Any] = getattr(holder, name)

        def outer(*args: Any, **kwargs: Any) -> Any:
            passed.append(stage)
            return inner(*args, **kwargs)

        monkeypatch.setattr(holder, name, outer)

    watch(bench.tools._breakers, "admitted", "withdrawn")
    watch(tools.pipeline, "read_input", "input")
    watch(tools.pipeline, "check_gate", "approval")
    watch(bench.effects, "begin", "journal")
    watch(bench.tools._turns, "wait", "turn")
    watch(tools.pipeline, "invoke", "call")
    watch(tools.pipeline, "read_output", "output")
    watch(tools.pipeline, "check_size", "size")
    watch(bench.records, "append", "record")
    watch(bench.records, "queue", "record")
    return passed


async def test_an_effect_passes_every_stage_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Withdrawn, input, approval, journal, rate, call, output, cap, record: nothing sooner, nothing later."""
    bench = Bench()
    passed = watched(monkeypatch, bench)
    assert (await bench.call(effect())).ok
    assert tuple(passed) == STAGES


async def test_a_read_passes_the_same_stages_without_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only effects are journalled."""
    bench = Bench()
    passed = watched(monkeypatch, bench)
    assert (await bench.call(tool())).ok
    assert tuple(passed) == tuple(stage for stage in STAGES if stage != "journal")


async def test_each_try_takes_its_turn_and_only_the_last_answer_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries lie between the journal and the output's check."""
    bench = Bench()
    passed = watched(monkeypatch, bench)
    assert (await bench.call(effect(Flaky(ConnectionError())))).ok
    assert passed[3:] == ["journal", "turn", "call", "turn", "call", "output", "size", "record"]


def too_long(_: object, key: str = "") -> Said:
    """An answer over the cap of the tools below."""
    return Said(text="x" * 200)


@pytest.mark.parametrize(
    ("ends_at", "code", "function", "args"),
    [
        ("input", "invalid_input", Flaky(), {"wrong": 1}),
        ("approval", "needs_approval", Flaky(), {"order": "A1"}),
        ("call", "internal", Flaky(ValueError()), {"order": "A1"}),
        ("output", "invalid_output", lambda *_: {"text": 7}, {"order": "A1"}),
        ("size", "invalid_output", too_long, {"order": "A1"}),
    ],
)
async def test_a_stage_that_ends_the_call_ends_it_there(
    monkeypatch: pytest.MonkeyPatch, ends_at: str, code: ToolErrorCode, function: Function, args: dict[str, object]
) -> None:
    """No later stage is passed, and the record is written whatever came of it."""
    bench = Bench()
    passed = watched(monkeypatch, bench)
    where = domain(effect(function, most_bytes=100), gate="person" if code == "needs_approval" else "free")
    assert (await bench.error(where, args)).code == code
    assert tuple(passed) == (*STAGES[: STAGES.index(ends_at) + 1], "record")


async def test_a_withdrawn_tool_ends_first_and_a_rate_that_is_used_up_before_the_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An open breaker lets not even the input be looked at; a full bucket leaves a claim that is taken back."""
    bench, dead = Bench(), Flaky(ValueError())
    where = domain(tool(dead, breaker=BreakerRule(faults=1)))
    assert (await bench.error(where)).code == "internal"
    passed = watched(monkeypatch, bench)
    assert (await bench.error(where)).code == "withdrawn"
    assert passed == ["withdrawn", "record"]
    rated = domain(effect(name="other", rate=Rate(calls=1, seconds=90)))
    assert (await bench.call(replace(rated, name="rated"), name="other")).ok
    passed.clear()
    assert (await bench.error(replace(rated, name="rated"), {"order": "B2"}, name="other")).code == "rate_limited"
    assert tuple(passed) == (*STAGES[: STAGES.index("turn") + 1], "record")
