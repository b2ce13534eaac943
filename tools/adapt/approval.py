"""A person's leave for one exact call, asked for by a LangGraph interrupt in LangChain's human-in-the-loop form."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Annotated, Any, Final, Literal

from langgraph.types import interrupt
from pydantic import BaseModel, Field, RootModel

from graph.domain import Tool
from graph.toolcall import Permit, ToolCall, ToolError
from graph.values import Json
from tools.hints import tool_error

CHECKPOINTER: Final = "__pregel_checkpointer"
"""Where LangGraph keeps it in a task's configuration; without one an interrupt would be lost."""
STEPS_KEPT: Final = 10_000
PERMIT_HINT: Final = "a person must allow exactly this call; do not repeat it unasked"


class Action(BaseModel):
    """A call as a person changed it. Agent Inbox says `action` for its name."""

    name: str | None = None
    action: str | None = None
    args: Json


class Approve(BaseModel):
    """Make the call as it is."""

    type: Literal["approve", "accept"]


class Edit(BaseModel):
    """Make the call with other arguments, in LangChain's form."""

    type: Literal["edit"]
    edited_action: Action


class InboxEdit(BaseModel):
    """Make the call with other arguments, in Agent Inbox's form."""

    type: Literal["edit"]
    args: Action


class Reject(BaseModel):
    """Do not make the call."""

    type: Literal["reject", "ignore", "response"]
    message: str | None = None
    args: str | None = None


Verdict = Approve | Edit | InboxEdit | Reject


class Decisions(BaseModel):
    """LangChain's form of an answer, for the one call that was asked about."""

    decisions: Annotated[list[Verdict], Field(min_length=1, max_length=1)]


class Reply(RootModel[Decisions | Annotated[list[Verdict], Field(min_length=1, max_length=1)]]):
    """An answer in any of the forms that UIs send. LangGraph keeps the question open on anything else."""

    @property
    def verdict(self) -> Verdict:
        """What the person said."""
        return (self.root.decisions if isinstance(self.root, Decisions) else self.root)[0]


@dataclass(frozen=True)
class Leave:
    """What a person said: the call to make under a permit, or why it is not made."""

    call: ToolCall
    permits: tuple[Permit, ...] = ()
    refused: ToolError | None = None


def can_ask(settings: Mapping[str, Any]) -> bool:
    """Whether the call is made in a graph that waits: one with a checkpointer."""
    return bool(settings.get(CHECKPOINTER))


def ask(tool: Tool, call: ToolCall, call_id: str | None, settings: Mapping[str, Any]) -> Leave:
    """A person's word on the exact call; the first time round LangGraph's interrupt passes through.

    Nothing is awaited before it: LangGraph matches answers to questions by their order.
    """
    if not _alone(call_id, settings):
        error = tool_error("needs_approval", f"{tool.name}: another call of this step waits for a person")
        hint = "call it again, with the same input, after the other call has its answer"
        return Leave(call, refused=error.model_copy(update={"hint": hint}))
    return _leave(tool, call, interrupt(_question(tool, call), response_schema=Reply), settings)


def _leave(tool: Tool, call: ToolCall, reply: Reply, settings: Mapping[str, Any]) -> Leave:
    actor = f"person:{settings.get('langgraph_auth_user_id') or 'unknown'}"
    match reply.verdict:
        case Approve():
            return Leave(call, (Permit(call=call, by=actor),))
        case Edit(edited_action=action) | InboxEdit(args=action):
            edited = ToolCall(tool=tool.name, args=action.args)
            if (action.name or action.action or tool.name) == tool.name:
                return Leave(edited, (Permit(call=edited, by=actor),))
            return Leave(
                call, refused=tool_error("denied", f"a person asked for {action.name or action.action} instead")
            )
        case Reject() as no:
            why = no.message or no.args
            return Leave(call, refused=tool_error("denied", f"a person refused this call{f': {why}' if why else ''}"))


def _question(tool: Tool, call: ToolCall) -> Json:
    told = f"### May {tool.name} be called?\n{tool.purpose}\n\neffect: {tool.effect}, stakes: {tool.stakes}"
    request = {"name": tool.name, "args": call.args, "arguments": call.args, "description": told}
    review = {"action_name": tool.name, "allowed_decisions": ["approve", "edit", "reject"]}
    return {"action_requests": [request], "review_configs": [review]}


_asking: Final[OrderedDict[tuple[str, str], str]] = OrderedDict()
_lock: Final = Lock()


def _alone(call_id: str | None, settings: Mapping[str, Any]) -> bool:
    """Whether no other call of the same step asks: an answer says not for which it is, so only one may."""
    if call_id is None:
        return True
    step = (str(settings.get("thread_id")), str(settings.get("checkpoint_ns")))
    with _lock:
        first = _asking.setdefault(step, call_id)
        if len(_asking) > STEPS_KEPT:
            _asking.popitem(last=False)
    return first == call_id
