"""Model workers: a bounded loop of one structured decision and one tool call a step.

Each step is a LangGraph `@task`, so a worker that is re-entered after a death repeats no finished step.
No native tool calling is needed: the decision is one JSON object that names a tool, or `finish`.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any, Final, Literal

from langgraph.func import task
from pydantic import BaseModel, Field, ValidationError, create_model

from graph.canonical import canonical
from graph.cut import cut
from graph.domain import Tool, WorkContext, Worker
from graph.errors import DomainMistake, ToolFailed, Waiting
from graph.prose import Prose
from graph.schemas import schema_of
from graph.toolcall import ToolError, ToolResult
from graph.values import Frozen, Json

FINISH: Final = "finish"
MOST_STALE_STEPS: Final = 4
"""Steps in a row without a new fact, after which a loop is stopped: what is left would be spent in vain."""


class ToolCard(Frozen):
    """A tool as the model sees it."""

    name: str
    purpose: str
    input_schema: Json


class Seen(Frozen):
    """A step that was made, and what came back."""

    tool: str
    args: Json
    value: Json | None = None
    error: str | None = None


class Kept(Frozen):
    """Where a loop stood when it began to wait for a tool."""

    seen: tuple[Seen, ...]
    due: "LoopStep"


class LoopBrief(Frozen):
    """What a model worker decides on: its input, its tools, and what it has seen."""

    input: Json
    tools: tuple[ToolCard, ...]
    output_schema: Json
    seen: tuple[Seen, ...] = ()
    steps_left: int


class LoopStep(BaseModel):
    """The next step: a tool with its arguments, or `finish` with the worker's output."""

    tool: str
    args: Json = Field(default_factory=dict)

    @classmethod
    def calling(cls, tool: str, /, **args: Any) -> "LoopStep":
        """Call a tool."""
        return cls(tool=tool, args=args)

    @classmethod
    def finishing(cls, output: BaseModel) -> "LoopStep":
        """Give the output."""
        return cls(tool=FINISH, args=output.model_dump(mode="json"))


def model_worker(  # noqa: PLR0913 a worker's contract has so many parts
    name: str,
    purpose: str,
    takes: type[BaseModel],
    gives: type[BaseModel],
    tools: tuple[Tool, ...],
    *,
    max_steps: int = 8,
    streams: str | None = None,
    estimated_tokens: int = 4_000,
    timeout_seconds: float = 120.0,
) -> Worker:
    """A worker that a model drives, for at most `max_steps` decisions.

    `streams` names the output's field that people may read as a draft while it is written.

    Raises:
        DomainMistake: The output has no such field.
    """
    if streams is not None and streams not in gives.model_fields:
        raise DomainMistake(f"worker {name} streams {streams!r}, which {gives.__name__} lacks: name a field of it")
    prose = Prose(path=("args", streams), when=("tool", FINISH)) if streams else None
    return Worker(
        name=name,
        purpose=purpose,
        input=takes,
        output=gives,
        run=_loop(name, tools, gives, max_steps, prose),
        tools=tuple(tool.name for tool in tools),
        estimated_tokens=estimated_tokens,
        keeps_steps=True,
        chooses=True,
        timeout_seconds=timeout_seconds,
    )


def _loop(
    name: str, tools: tuple[Tool, ...], gives: type[BaseModel], max_steps: int, prose: Prose | None
) -> Callable[[Any, WorkContext], Awaitable[BaseModel]]:
    cards = {
        tool.name: ToolCard(name=tool.name, purpose=tool.purpose, input_schema=schema_of(tool.input)) for tool in tools
    }
    most = {tool.name: tool.shown_bytes for tool in tools}
    decision_of = cache(_decision)

    async def run(given: BaseModel, context: WorkContext) -> BaseModel:
        seen, due = _kept(context)
        while len(seen) < max_steps:
            if stale_steps(seen) >= MOST_STALE_STEPS:
                raise ToolFailed(_no_progress(name, seen))
            withdrawn = context.withdrawn()
            offered = tuple(name for name in cards if name not in withdrawn)
            brief = LoopBrief(
                input=given.model_dump(mode="json"),
                tools=tuple(cards[name] for name in offered),
                output_schema=schema_of(gives),
                seen=tuple(seen),
                steps_left=max_steps - len(seen),
            )
            step = due or LoopStep.model_validate(await _think(_Unseen(context), brief, decision_of(offered), prose))
            due = None
            if step.tool != FINISH:
                seen.append(await _acted(context, step, seen, most.get(step.tool, Tool.shown_bytes)))
                continue
            try:
                return gives.model_validate(step.args)
            except ValidationError as error:
                seen.append(Seen(tool=FINISH, args=step.args, error=_told(error)))
        raise ToolFailed(ToolError(code="invalid_output", message=f"{name} gave no output in {max_steps} steps"))

    return run


class _Unseen:
    """A task's context, which holds the process's ports: a stream of tasks shows each input, and must not show this."""

    def __init__(self, context: WorkContext) -> None:
        self.context = context


@task
async def _think(unseen: _Unseen, brief: LoopBrief, decision: type[BaseModel], prose: Prose | None) -> Json:
    """One decision; a finished one is not asked for again."""
    return (await unseen.context.model("work", brief, decision, streams=prose)).model_dump(mode="json")


@task
async def _act(unseen: _Unseen, step: LoopStep, most_bytes: int) -> Json:
    """One tool call; a finished one is not made again. Only what the model is shown goes into the checkpoint."""
    result = await unseen.context.tool(step.tool, step.args)
    shown = None if result.value is None else cut(result.value, most_bytes)
    return result.model_copy(update={"value": shown}).model_dump(mode="json")


async def _acted(context: WorkContext, step: LoopStep, seen: list[Seen], most_bytes: int) -> Seen:
    """A failure is shown to the model, except one that only time, a person or the orchestrator can mend."""
    result = ToolResult.model_validate(await _act(_Unseen(context), step, most_bytes))
    if result.pending is not None:
        raise Waiting(result.pending, Kept(seen=tuple(seen), due=step).model_dump(mode="json"))
    if result.value is not None:
        return Seen(tool=step.tool, args=step.args, value=result.value)
    error = result.error or ToolError(code="unavailable", message=f"{step.tool} has not answered yet", retryable=True)
    if error.retryable or error.code in {"needs_approval", "unknown_outcome", "cancelled"}:
        raise ToolFailed(error)
    return Seen(tool=step.tool, args=step.args, error=f"{error.code}: {error.message} {error.hint}".rstrip())


def _kept(context: WorkContext) -> tuple[list[Seen], LoopStep | None]:
    """What was seen before the loop began to wait, and the call that it waited for."""
    if context.kept is None:
        return [], None
    kept = Kept.model_validate(context.kept)
    return list(kept.seen), kept.due


def stale_steps(seen: Sequence[Seen]) -> int:
    """How many steps in a row, up to the last one, brought nothing but results and kinds of error seen before."""
    known: set[str] = set()
    stale = 0
    for step in seen:
        fact = _fact(step)
        stale = stale + 1 if fact in known else 0
        known.add(fact)
    return stale


def _fact(step: Seen) -> str:
    if step.error is None:
        return canonical([step.tool, step.value])
    return f"error {FINISH if step.tool == FINISH else step.error.partition(':')[0]}"


def _no_progress(name: str, seen: Sequence[Seen]) -> ToolError:
    tried = ", ".join(f"{tool} {count}x" for tool, count in Counter(step.tool for step in seen).items())
    unfit = all(step.tool == FINISH for step in seen[-MOST_STALE_STEPS:])
    return ToolError(
        code="invalid_output" if unfit else "repeated_call",
        message=f"{name} learned nothing new in its last {stale_steps(seen)} steps; it tried {tried}",
        hint="plan another way, or give it what it looks for",
    )


def _decision(offered: tuple[str, ...]) -> type[BaseModel]:
    """The answer's schema: the tool is an enum, so that no other name can be given."""
    choice: Any = Literal[(*offered, FINISH)]
    return create_model("Decision", tool=(choice, ...), args=(Json, Field(default_factory=dict)))


def _told(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False)[:3]
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'output'}: {fault['msg']}" for fault in faults)
