"""The tools of an MCP server, as declared by the domain. What the server says of itself is no permission."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from langchain_core.messages import ToolMessage
from langchain_mcp_adapters.interceptors import MCPToolCallRequest, MCPToolCallResult
from langchain_mcp_adapters.sessions import Connection
from langchain_mcp_adapters.tools import convert_mcp_tool_to_langchain_tool
from mcp import ClientSession, McpError
from mcp import types as mcp

from graph.canonical import digest
from graph.declare import Declared, Named
from graph.domain import Tool
from graph.errors import DomainMistake, ToolFailed
from graph.toolcall import ToolError
from tools.adapt.langchain import Content, adapted, input_model, title
from tools.adapt.link import Link
from tools.adapt.refusals import HINT, unusable
from tools.adapt.schema import model_of

PAGES: Final = 100
REFUSED_REQUEST: Final = frozenset({mcp.INVALID_PARAMS, mcp.METHOD_NOT_FOUND, mcp.INVALID_REQUEST})
"""What a server answers before it does anything."""


@asynccontextmanager
async def mcp_tools(
    connection: Connection, declared: Mapping[str, Declared], *, prefix: str = ""
) -> AsyncIterator[tuple[Tool, ...]]:
    """The server's tools, each as `declared` says under its name, while the context is open.

    `prefix` goes before each name, where two servers have tools of one name. A server that dies is connected to, or
    started, anew by the next call.

    Raises:
        DomainMistake: A tool is not declared, or a declared one not offered, or wrongly; a line a mistake.
        ConnectionError: The server cannot be used; one line that says why.
    """
    offer = Offer()
    link = Link(connection, offer.read)
    try:
        await _begin(link, connection)
        _check_names(offer.tools, declared)
        yield tuple(
            _tool(offered, declared[name], Named(prefix + name, offered.description or ""), link, offer)
            for name, offered in offer.tools.items()
        )
    finally:
        await link.close()


async def _begin(link: Link, connection: Connection) -> None:
    try:
        await link.ask(ClientSession.send_ping)
    except Exception as error:
        place = connection.get("url") or connection.get("command") or "without a url or a command"
        why = f"{type(error).__name__}: {error}".rstrip(": ")
        raise ConnectionError(f"the MCP server {place} cannot be used: {why}") from error


class Offer:
    """What the server offers now, and what of it has changed since it was first asked."""

    def __init__(self) -> None:
        self.tools: dict[str, mcp.Tool] = {}
        self._first: dict[str, str] | None = None

    async def read(self, session: ClientSession) -> None:
        """Ask for all pages of the list."""
        tools: dict[str, mcp.Tool] = {}
        cursor: str | None = None
        for _ in range(PAGES):
            page = await session.list_tools(params=mcp.PaginatedRequestParams(cursor=cursor))
            tools |= {tool.name: tool for tool in page.tools}
            cursor = page.nextCursor
            if not cursor:
                break
        self.tools = tools
        if self._first is None:
            self._first = {name: _schemas(tool) for name, tool in tools.items()}

    def check(self, name: str) -> None:
        """Refuse a tool that is not any more what was declared. Raises `ToolFailed` with `withdrawn`."""
        now = self.tools.get(name)
        if now is None or _schemas(now) != (self._first or {}).get(name):
            why = "does not offer it any more" if now is None else "has changed its schema"
            hint = "go on without it; its declaration must be looked at again, and the agent started anew"
            raise ToolFailed(ToolError(code="withdrawn", message=f"{name} is withdrawn: its server {why}", hint=hint))


def _schemas(tool: mcp.Tool) -> str:
    return digest([tool.inputSchema, tool.outputSchema])


def _check_names(offered: Mapping[str, mcp.Tool], declared: Mapping[str, Declared]) -> None:
    undeclared = [
        f"tool {name}: offered by the server, but not declared; say what it may do: Declared(effect=..., stakes=...)"
        for name in offered
        if name not in declared
    ]
    missing = [
        f"tool {name}: declared, but the server offers {', '.join(offered) or 'none'}; mend the name or drop it"
        for name in declared
        if name not in offered
    ]
    if undeclared or missing:
        raise DomainMistake("\n".join([*undeclared, *missing]))


def _tool(offered: mcp.Tool, declared: Declared, named: Named, link: Link, offer: Offer) -> Tool:
    base = convert_mcp_tool_to_langchain_tool(
        None,
        offered,
        connection={"transport": "stdio", "command": "", "args": []},  # never opened: the interceptor is the way
        tool_interceptors=[_over(link, offer)],
        handle_tool_errors=False,
    )
    takes = input_model(base, declared, named)
    if offered.outputSchema is None:
        return adapted(base, declared, named, takes, Content, _text)
    gives = model_of(offered.outputSchema, title(named.name, "Output"))
    return adapted(base, declared, named, takes, gives, _structured)


def _over(link: Link, offer: Offer) -> Any:
    """The call over our own session, its answer as the server gave it: the pipeline holds it against the schema."""

    async def intercept(
        request: MCPToolCallRequest, _handler: Callable[[MCPToolCallRequest], Awaitable[MCPToolCallResult]]
    ) -> MCPToolCallResult:
        params = mcp.CallToolRequestParams(name=request.name, arguments=request.args)

        async def question(session: ClientSession) -> mcp.CallToolResult:
            offer.check(request.name)
            asked = mcp.ClientRequest(mcp.CallToolRequest(params=params))
            return await session.send_request(asked, mcp.CallToolResult)

        try:
            return await link.ask(question)
        except McpError as error:
            if error.error.code not in REFUSED_REQUEST:
                raise
            told = f"the server of {request.name} refuses the request: {error.error.message}"
            raise ToolFailed(ToolError(code="invalid_input", message=told, hint=HINT)) from error

    return intercept


def _text(message: ToolMessage) -> Any:
    """The text, or its blocks where there is more than text."""
    blocks = message.content if isinstance(message.content, list) else []
    texts = [block["text"] for block in blocks if isinstance(block, dict) and block.get("type") == "text"]
    return {"content": "\n".join(texts) if len(texts) == len(blocks) else message.content}


def _structured(message: ToolMessage) -> Any:
    """The structured content; older servers say it as text."""
    if message.artifact is not None:
        return message.artifact["structured_content"]
    try:
        return json.loads(message.text)
    except ValueError as error:
        raise unusable(
            message.name or "the tool", "answers no structured content, which its schema promises"
        ) from error
