"""`harden`: any function, LangChain tool or declared tool as a LangChain tool that goes through the pipeline."""

from collections.abc import Iterator
from typing import Protocol, cast, get_args
from uuid import uuid4

from langchain_core.tools import BaseTool
from typing_extensions import Unpack

from graph.declare import Declared, Named, Said, check, from_function
from graph.domain import Domain, Effect, Gate, Policy, Stakes, Tool
from graph.errors import DomainMistake
from graph.ports import Clock, Effects, Rates, Records, RunRef
from graph.rows import Record
from graph.schemas import schema_of
from graph.signatures import Function
from graph.trail import Made
from tools.adapt.basetool import HardenedTool, Way
from tools.adapt.langchain import from_langchain
from tools.adapt.loops import Loops
from tools.clock import SystemClock
from tools.pipeline import HardenedTools


class Journal(Protocol):
    """What remembers effects and calls: an open `checkpoints.store.Store` is one."""

    @property
    def effects(self) -> Effects:
        """The effects journal."""
        ...

    @property
    def records(self) -> Records:
        """The history of calls."""
        ...

    @property
    def rates(self) -> Rates:
        """Token buckets that processes share."""
        ...


def harden(  # noqa: PLR0913 each a decision of its own
    tool: Tool | BaseTool | Function,
    *,
    gate: Gate | None = None,
    journal: Journal | None = None,
    asks: tuple[Tool, ...] = (),
    max_repeats: int = 6,
    tenant: str = "default",
    clock: Clock | None = None,
    **said: Unpack[Said],
) -> BaseTool:
    """The tool as a LangChain tool whose every call is validated, gated, made once, retried, bounded and recorded.

    Args:
        tool: A function, a LangChain tool, or a `Tool`, which is declared already and takes no further words.
        gate: `free`, `person` or `never`; reads are free, every effect needs a decision. `person` interrupts a graph
            that has a checkpointer, and is `needs_approval` anywhere else.
        journal: An open `Store`; what makes an effect happen once a thread. Reads may do without.
        asks: Read tools that are asked of an effect's outcome: the declared probe, the poll of what comes later.
        max_repeats: How often one call with one input may be made within ten minutes in a run, where the
            configuration names one (`run_id`), or in a thread.
        tenant: Whose effects they are.
        clock: Another than the machine's.
        said: What `Declared` says: effect, stakes, identity, timeout_seconds, attempts and so on.

    Raises:
        DomainMistake: A line a mistake, each naming the tool and the remedy.
    """
    declared = _declared(tool, said)
    check(Named(declared.name, declared.purpose), _mistakes(declared, gate, journal, asks))
    clock = clock or SystemClock()
    records = journal.records if journal else Unrecorded()
    effects = journal.effects if journal else cast("Effects", None)  # a read never asks
    pipeline = HardenedTools(effects, records, clock, uuid4().hex, journal.rates if journal else None)
    loops = Loops(clock, max_repeats)
    way = Way(declared, _domain(declared, gate or "free", asks), pipeline, clock, tenant, loops)
    return HardenedTool(way, schema_of(declared.input))


class Unrecorded:
    """Stands where no journal is, and keeps nothing."""

    async def append(self, run: RunRef, *rows: Record) -> bool:  # noqa: ARG002 as the port has it
        """Nobody can have asked for a cancellation."""
        return False

    def queue(self, run: RunRef, *rows: Record) -> None:
        """Keep nothing."""

    async def calls(self, run: RunRef) -> tuple[Made, ...]:  # noqa: ARG002 as the port has it
        """Nothing was kept."""
        return ()


def _declared(tool: Tool | BaseTool | Function, said: Said) -> Tool:
    if isinstance(tool, BaseTool):
        return from_langchain(tool, **said)
    if not isinstance(tool, Tool):
        return from_function(tool, Declared(**said))
    if said:
        raise DomainMistake(f"tool {tool.name}: is declared already; say {', '.join(said)} where it is")
    return tool


def _mistakes(tool: Tool, gate: Gate | None, journal: Journal | None, asks: tuple[Tool, ...]) -> Iterator[str]:
    effect = tool.effect != "read"
    if gate is None and effect:
        yield f"it is {tool.effect}, and nobody decides on its calls; say gate='free', 'person' or 'never'"
    elif gate == "reviewed":
        yield "gate 'reviewed' needs the review of Surefoot's own graph; say 'free', 'person' or 'never'"
    elif gate is not None and gate not in get_args(Gate):
        yield f"{gate!r} is no gate; say 'free', 'person' or 'never'"
    if journal is None and effect:
        yield f"it is {tool.effect}, and without a journal it could happen twice; say journal=, an open Store"
    if effect and tool.identity is None:
        yield "an effect needs an identity; say which input fields make two calls the same effect"
    yield from _ask_mistakes(tool, asks)


def _ask_mistakes(tool: Tool, asks: tuple[Tool, ...]) -> Iterator[str]:
    if tool.probe and tool.probe not in {each.name for each in asks}:
        yield f"its probe {tool.probe} is not at hand; say asks=(...), with the tool of that name"
    for each in asks:
        if each.effect != "read":
            yield f"asks has {each.name}, which is {each.effect}; only a read may be asked"


def _domain(tool: Tool, gate: Gate, asks: tuple[Tool, ...]) -> Domain:
    """The smallest domain there is: one tool, what policy says of it, and whom to ask."""
    gates: dict[tuple[Effect, Stakes], Gate] = {(each.effect, each.stakes): "free" for each in asks}
    return Domain(
        name=tool.name,
        purpose=tool.purpose,
        request=tool.input,
        outcome=tool.output,
        tools=(tool, *asks),
        workers=(),
        policy=Policy(gates=gates | {(tool.effect, tool.stakes): gate}),
        prompts={},
        rules={},
    )
