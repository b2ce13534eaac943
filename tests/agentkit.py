"""Agents that are not Surefoot's: a scripted chat model, a plain graph around a ToolNode, and people's answers."""

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolCall, ToolMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from pydantic import Field

from graph.values import Json


class ScriptedChat(GenericFakeChatModel):
    """Says its messages in order, and remembers the tools that it was shown."""

    shown: list[Json] = Field(default_factory=list)

    def bind_tools(self, tools: Sequence[Any], **_more: Any) -> Runnable[Any, AIMessage]:
        """Take the tools as a real model would."""
        self.shown.extend(convert_to_openai_tool(each) for each in tools)
        return self


def chat(*messages: AIMessage) -> ScriptedChat:
    """A model that says these messages."""
    return ScriptedChat(messages=iter(messages))


def calls(*wanted: ToolCall) -> AIMessage:
    """A model's wish to call tools."""
    return AIMessage("", tool_calls=list(wanted))


def wish(name: str, number: str = "1", **args: Any) -> ToolCall:
    """One call, under its own id."""
    return ToolCall(name=name, args=args, id=number, type="tool_call")


def thread(name: str) -> RunnableConfig:
    """The configuration that names a thread."""
    return {"configurable": {"thread_id": name}}


def tool_graph(*tools: BaseTool, waits: bool = True) -> Any:
    """A graph of one ToolNode; with a checkpointer where it waits for people."""
    builder = StateGraph(MessagesState)
    builder.add_node("tools", ToolNode(list(tools)))
    builder.add_edge(START, "tools")
    builder.add_edge("tools", END)
    return builder.compile(checkpointer=InMemorySaver() if waits else None)


def told(output: Json) -> list[ToolMessage]:
    """What the tools said."""
    return [message for message in output["messages"] if isinstance(message, ToolMessage)]


APPROVE: Json = {"decisions": [{"type": "approve"}]}
REJECT: Json = {"decisions": [{"type": "reject", "message": "too much"}]}


def edit(name: str, **args: Any) -> Json:
    """A person's change, in LangChain's form."""
    return {"decisions": [{"type": "edit", "edited_action": {"name": name, "args": args}}]}
