"""A scripted OpenAI-compatible endpoint without latency, in a process of its own: five tool calls and an end.

It answers a client with tools (`tools` in the request) by native tool calls, and Surefoot by the JSON that the schema
asks for. Its own time is in no figure: benchmarks read their own process's CPU.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import Any

TOOL_CALLS = 5


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The next message: a tool call until five were made, then the end."""
    schema = request.get("response_format", {}).get("json_schema", {}).get("name", "")
    if schema:
        return {"content": json.dumps(_structured(schema, request["messages"]))}
    made = sum(message["role"] == "tool" for message in request["messages"])
    if "tools" in request and made < TOOL_CALLS:
        call = {"name": "look_up", "arguments": json.dumps({"key": f"k{made}"})}
        return {"content": "", "tool_calls": [{"id": f"call-{made}", "type": "function", "function": call}]}
    return {"content": "Done: all five were looked up."}


def _structured(schema: str, messages: list[dict[str, Any]]) -> dict[str, Any]:
    match schema:
        case "Plan":
            return {"tasks": [{"id": "look", "worker": "look_around", "input": {"question": "What is there?"}}]}
        case "ReviewVerdict":
            return {"verdict": "pass", "reason": ""}
        case _:
            made = sum(message["role"] == "assistant" for message in messages)
            if made < TOOL_CALLS:
                return {"tool": "look_up", "args": {"key": f"k{made}"}}
            return {"tool": "finish", "args": {"text": "Done: all five were looked up."}}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await _head(reader):
        length = int(next(line for line in head if line.startswith("content-length:")).split(":")[1])
        request = json.loads(await reader.readexactly(length))
        finish = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **answer(request)}}
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        body = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [finish], "usage": usage}
        data = json.dumps(body).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(data) + data
        )
        await writer.drain()
    writer.close()


async def _head(reader: asyncio.StreamReader) -> list[str]:
    lines: list[str] = []
    while line := (await reader.readline()).strip():
        lines.append(line.decode().lower())
    return lines


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def endpoint() -> Iterator[str]:
    """Its base URL while it runs."""
    with Popen([sys.executable, __file__], stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_main())
