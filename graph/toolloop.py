"""Model workers: a bounded loop of one structured decision and one tool call a step.

Each step is a LangGraph `@task`, so a worker that is re-entered after a death repeats no finished step.
No native tool calling is needed: the decision is one JSON object that names a tool, or `finish`.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

from langgraph.func import task
from pydantic import BaseModel, Field, ValidationError, create_model

from graph.domain import Tool, WorkContext, Worker
from graph.errors import ToolFailed
from graph.schemas import schema_of
from graph.toolcall import ToolError, ToolResult
from graph.values import Frozen, Json

FINISH: Final = "finish"


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
    estimated_tokens: int = 4_000,
    timeout_seconds: float = 120.0,
) -> Worker:
    """A worker that a model drives, for at most `max_steps` decisions."""
    cards = tuple(ToolCard(name=tool.name, purpose=tool.purpose, input_schema=schema_of(tool.input)) for tool in tools)
    return Worker(
        name=name,
        purpose=purpose,
        input=takes,
        output=gives,
        run=_loop(name, cards, gives, max_steps),
        tools=tuple(tool.name for tool in tools),
        estimated_tokens=estimated_tokens,
        timeout_seconds=timeout_seconds,
    )


def _loop(
    name: str, cards: tuple[ToolCard, ...], gives: type[BaseModel], max_steps: int
) -> Callable[[Any, WorkContext], Awaitable[BaseModel]]:
    decision = _decision(cards)

    async def run(given: BaseModel, context: WorkContext) -> BaseModel:
        seen: list[Seen] = []
        for left in range(max_steps, 0, -1):
            brief = LoopBrief(
                input=given.model_dump(mode="json"),
                tools=cards,
                output_schema=schema_of(gives),
                seen=tuple(seen),
                steps_left=left,
            )
            step = LoopStep.model_validate(await _think(context, brief, decision))
            if step.tool != FINISH:
                seen.append(await _acted(context, step))
                continue
            try:
                return gives.model_validate(step.args)
            except ValidationError as error:
                seen.append(Seen(tool=FINISH, args=step.args, error=_told(error)))
        raise ToolFailed(ToolError(code="invalid_output", message=f"{name} gave no output in {max_steps} steps"))

    return run


@task
async def _think(context: WorkContext, brief: LoopBrief, decision: type[BaseModel]) -> Json:
    """One decision; a finished one is not asked for again."""
    return (await context.model("work", brief, decision)).model_dump(mode="json")


@task
async def _act(context: WorkContext, step: LoopStep) -> Json:
    """One tool call; a finished one is not made again."""
    return (await context.tool(step.tool, step.args)).model_dump(mode="json")


async def _acted(context: WorkContext, step: LoopStep) -> Seen:
    """A failure is shown to the model, except one that only time, a person or the orchestrator can mend."""
    result = ToolResult.model_validate(await _act(context, step))
    if result.value is not None:
        return Seen(tool=step.tool, args=step.args, value=result.value)
    error = result.error or ToolError(code="unavailable", message=f"{step.tool} has not answered yet", retryable=True)
    if error.retryable or error.code in {"needs_approval", "unknown_outcome", "cancelled"}:
        raise ToolFailed(error)
    return Seen(tool=step.tool, args=step.args, error=f"{error.code}: {error.message} {error.hint}".rstrip())


def _decision(cards: tuple[ToolCard, ...]) -> type[BaseModel]:
    """The answer's schema: the tool is an enum, so that no other name can be given."""
    names = (*(card.name for card in cards), FINISH)
    choice: Any = Literal[names]
    return create_model("Decision", tool=(choice, ...), args=(Json, Field(default_factory=dict)))


def _told(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False)[:3]
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'output'}: {fault['msg']}" for fault in faults)
