import inspect
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import CASES
from graph.errors import DomainMistake, StaleAnswer, SurefootError, UnknownRun
from stuckmodel import StuckModel
from surefoot import Budget, Surefoot, SyncSurefoot
from surefoot.domains.support.schemas import SupportRequest
from surefoot.domains.support.shop import open_shop
from surefoot.domains.support.shop.rehearsal import misbehave, recover
from surefoot.progress import Event

WHERE = CASES["where_is_my_order"].request
LARGE = CASES["large_refund"].request
ASYNC_ONLY = {"open", "sync", "assembly", "deps", "saver"}
"""The ports and the checkpointer belong to graphs, which are asynchronous."""


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[SyncSurefoot]:
    """An open agent without `await`."""
    with Surefoot.sync(tmp_path / "surefoot.db", domain="support") as opened:
        yield opened


def public(cls: type) -> set[str]:
    """What a class offers."""
    fields = set(getattr(cls, "__dataclass_fields__", {}))
    return {name for name in {*vars(cls), *fields} if not name.startswith("_")}


def test_both_offer_the_same() -> None:
    """Whatever the asynchronous agent can do, the other can; only `close` is added, for those who use no `with`."""
    assert public(SyncSurefoot) - {"close"} == public(Surefoot) - ASYNC_ONLY


@pytest.mark.parametrize("name", sorted(public(SyncSurefoot) - {"close", "domain"}))
def test_no_signature_drifts(name: str) -> None:
    """Each method has the same parameters, defaults and docstring; what was awaited is returned."""
    ours, theirs = getattr(SyncSurefoot, name), getattr(Surefoot, name)
    assert not inspect.iscoroutinefunction(ours)
    assert inspect.signature(ours).parameters == inspect.signature(theirs).parameters
    if name != "as_tool":
        assert inspect.getdoc(ours) == inspect.getdoc(theirs)
    opening = [inspect.signature(each).parameters for each in (Surefoot.open, Surefoot.sync, SyncSurefoot)]
    assert opening[0] == opening[1] == opening[2]


def test_run_and_look(agent: SyncSurefoot) -> None:
    """A job goes through; it can be looked up, listed, and its steps be told."""
    run = agent.run(WHERE, budget=Budget(usd=0.10))
    assert run.status == "complete"
    assert agent.get(run.id) == run
    assert agent.runs() == [run]
    assert agent.runs(status="failed") == []
    assert [step.target for step in agent.timeline(run.id)][-1] == "complete"
    assert agent.domain == "support"
    with pytest.raises(UnknownRun, match="nonesuch"):
        agent.timeline("nonesuch")


def test_the_request_model(agent: SyncSurefoot) -> None:
    """The domain's own request model is a request, too."""
    assert agent.run(SupportRequest(**WHERE)).status == "complete"
    with pytest.raises(SurefootError, match="request: is a str; give the domain's request model, or a dict"):
        agent.run("Where is my order?")  # type: ignore[arg-type]


def test_a_run_id_of_ones_own(agent: SyncSurefoot) -> None:
    """The same job under the same id is the same run; another job under it is refused."""
    run = agent.run(WHERE, run_id="ticket-1")
    assert run.id == "ticket-1"
    assert agent.run(WHERE, run_id="ticket-1") == run
    with pytest.raises(SurefootError, match="run_id: 'ticket-1' is another job's"):
        agent.run(LARGE, run_id="ticket-1")
    assert agent.runs() == [run]


def test_decide_and_resume(agent: SyncSurefoot, tmp_path: Path) -> None:
    """A card takes its default or is answered, a failed run is resumed; a listener hears each step."""
    heard: list[Event] = []
    waiting = agent.run(LARGE)
    assert waiting.escalation is not None
    (taken,) = agent.take_defaults(waiting.escalation.deadline)
    assert (taken.id, taken.status) == (waiting.id, "complete")

    run = agent.run(LARGE)
    assert [card.card.run_id for card in agent.inbox()] == [run.id]
    assert agent.decide(run.id, "approve", actor="kim", listener=heard.append).status == "complete"
    assert {event.node for event in heard} >= {"escalated", "complete"}
    with pytest.raises(StaleAnswer):
        agent.decide(run.id, "approve")

    shop = open_shop(tmp_path / "surefoot-data" / "support" / "shop.db")
    misbehave(shop, "get_order", "down")
    failed = agent.run(WHERE)
    recover(shop)
    assert (failed.status, agent.resume(failed.id).status) == ("failed", "complete")


def test_one_line(agent: SyncSurefoot) -> None:
    """Agent and run read well at a prompt: one line each."""
    assert repr(agent).startswith("<Surefoot support on ")
    run = agent.run(LARGE)
    assert repr(run).startswith(f"<Run {run.id} waiting (effect_approval: approve | stop | decline), 3 model calls, ")
    assert repr(agent.cancel(run.id)).startswith(f"<Run {run.id} failed (cancelled), ")
    assert "\n" not in repr(run) + repr(agent)


def test_stream(agent: SyncSurefoot) -> None:
    """A run's events can be looped over; afterwards the run is there, and not before."""
    steps = agent.stream(WHERE)
    first = next(steps)
    assert (first.node, first.phase) == ("intake", "enter")
    with pytest.raises(SurefootError, match="iterate over its steps first"):
        _ = steps.run
    assert [event.node for event in steps if event.phase == "enter"][-1] == "complete"
    assert list(steps) == []
    assert steps.run == agent.get(steps.run.id)
    steps.close()
    assert steps.run.status == "complete"


async def test_within_a_running_loop(tmp_path: Path) -> None:
    """In a notebook, where an event loop runs already, it works all the same."""
    with Surefoot.sync(tmp_path / "surefoot.db") as agent:
        assert agent.run(WHERE).status == "complete"


def test_many_threads(agent: SyncSurefoot) -> None:
    """Threads share one agent."""
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(agent.run, [WHERE] * 4))
    assert [run.status for run in runs] == ["complete"] * 4
    assert len({run.id for run in runs}) == 4


def stuck(tmp_path: Path) -> tuple[SyncSurefoot, StuckModel]:
    """An agent whose model hangs."""
    model = StuckModel()
    return Surefoot.sync(tmp_path / "surefoot.db", provider=model), model


def press_ctrl_c(when: threading.Event) -> None:
    """SIGINT to the main thread, as a terminal sends it."""

    def press() -> None:
        assert when.wait(20)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()


@pytest.mark.parametrize("way", ["run", "stream"])
def test_ctrl_c(tmp_path: Path, way: str) -> None:
    """Ctrl-C ends the call at once and lets go of the run: it is interrupted and can be resumed right away."""
    agent, model = stuck(tmp_path)
    with agent:
        press_ctrl_c(model.asked)
        with pytest.raises(KeyboardInterrupt):
            agent.run(WHERE, run_id="r") if way == "run" else list(agent.stream(WHERE, run_id="r"))
        assert agent.get("r").status == "interrupted"
        model.free = True
        assert agent.resume("r").status == "complete"


def test_closing(tmp_path: Path) -> None:
    """Closing twice is no mistake; whoever uses it afterwards is told in one line; the file can be opened again."""
    agent = Surefoot.sync(tmp_path / "surefoot.db")
    run = agent.run(WHERE)
    steps = agent.stream(WHERE)
    agent.close()
    agent.close()
    for use in (lambda: agent.get(run.id), agent.inbox, lambda: next(steps), steps.close):
        with pytest.raises(SurefootError, match=r"^the agent was closed: open it again$"):
            use()
    with Surefoot.sync(tmp_path / "surefoot.db") as again:
        assert again.get(run.id) == run
    assert not [thread for thread in threading.enumerate() if thread.name == "surefoot"]


@pytest.mark.parametrize("way", ["run", "stream"])
def test_closed_meanwhile(tmp_path: Path, way: str) -> None:
    """Closing while another thread drives ends that call with one line, and leaves the run to be resumed."""
    agent, model = stuck(tmp_path)
    told: list[BaseException] = []

    def drive() -> None:
        with pytest.raises(SurefootError, match="closed meanwhile; what it drove can be resumed") as raised:
            agent.run(WHERE, run_id="r") if way == "run" else list(agent.stream(WHERE, run_id="r"))
        told.append(raised.value)

    thread = threading.Thread(target=drive)
    thread.start()
    assert model.asked.wait(20)
    agent.close()
    thread.join(20)
    assert len(told) == 1
    with Surefoot.sync(tmp_path / "surefoot.db") as again:
        assert again.get("r").status == "interrupted"
        assert again.resume("r").status == "complete"


def test_an_abandoned_stream(tmp_path: Path) -> None:
    """A loop that was left early goes on by itself until it is closed, or the agent is; then it can be resumed."""
    agent, _ = stuck(tmp_path)
    with agent:
        for event in agent.stream(WHERE, run_id="r"):
            assert event.node == "intake"
            break
        assert agent.get("r").status == "running"
        closed = agent.stream(WHERE, run_id="s")
        next(closed)
        closed.close()
        assert agent.get("s").status == "interrupted"
    with Surefoot.sync(tmp_path / "surefoot.db") as again:
        assert again.get("r").status == "interrupted"


def test_a_listener_that_calls_the_agent(agent: SyncSurefoot) -> None:
    """It would wait for itself for ever, so it is told instead; the run is left to be resumed."""

    def listener(event: Event) -> Any:
        agent.get("r")

    run = agent.run(WHERE, run_id="r", listener=listener)
    assert run.status == "interrupted"
    assert "a listener runs on the agent's own thread" in str(run.error)
    assert agent.resume("r").status == "complete"


def test_opening_refuses(tmp_path: Path) -> None:
    """What cannot be opened raises what `Surefoot.open` raises, and leaves no thread behind."""
    with pytest.raises(DomainMistake, match="nonesuch"):
        Surefoot.sync(tmp_path / "surefoot.db", domain="nonesuch")
    with pytest.raises(SurefootError, match="is a directory"):
        Surefoot.sync(tmp_path)
    assert not [thread for thread in threading.enumerate() if thread.name == "surefoot"]
