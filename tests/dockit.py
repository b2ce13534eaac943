"""Runs code from docstrings and documents as their readers would: top-level `await` and all."""

import ast
import inspect
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, DocTestParser, Example, OutputChecker
from io import StringIO
from types import FunctionType
from typing import Any, Final

LENIENT: Final = ELLIPSIS | NORMALIZE_WHITESPACE
FENCE: Final = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of Python in a document, and what the block right behind it says that it prints."""

    place: str
    source: str
    prints: str | None


def blocks(name: str, document: str) -> Iterator[Block]:
    """Every ```python block of a document; one of ```text straight after it is its output."""
    found = list(FENCE.finditer(document))
    for number, block in enumerate(found):
        if block["language"] != "python":
            continue
        after = found[number + 1] if number + 1 < len(found) else None
        follows = after and after["language"] == "text" and not document[block.end() : after.start()].strip()
        line = document[: block.start()].count("\n") + 1
        yield Block(f"{name}:{line}", block["text"], after["text"] if after and follows else None)


async def run_block(block: Block, namespace: dict[str, Any]) -> None:
    """Run it. Fails where it prints something else than its document says."""
    said = await execute(block.source, block.place, namespace)
    if block.prints is not None:
        assert OutputChecker().check_output(block.prints, said, LENIENT), f"{block.place} printed:\n{said}"


def examples(docstring: str | None) -> list[Example]:
    """The examples of a docstring."""
    return DocTestParser().get_examples(inspect.cleandoc(docstring or ""))


async def run_example(example: Example, place: str, namespace: dict[str, Any]) -> None:
    """Run it as at a prompt. Fails where it says or raises something else than its docstring says."""
    try:
        said = await execute(example.source, place, namespace, mode="single")
    except Exception as error:
        if example.exc_msg is None:
            raise
        said, wanted = f"{type(error).__name__}: {error}\n", example.exc_msg
    else:
        wanted = example.want
    assert OutputChecker().check_output(wanted, said, LENIENT), f"{place}\n>>> {example.source}said:\n{said}"


async def execute(source: str, place: str, namespace: dict[str, Any], mode: str = "exec") -> str:
    """What the code prints. The namespace keeps what it defines."""
    code = compile(source, place, mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    with redirect_stdout(StringIO()) as said:
        found = FunctionType(code, namespace)()
        if inspect.isawaitable(found):
            await found
    return said.getvalue()
