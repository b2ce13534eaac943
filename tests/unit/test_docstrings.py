import inspect
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

import surefoot
from dockit import examples, run_example
from surefoot import Surefoot

HAVE_EXAMPLES = {
    "BudgetedModel.open", "Run", "Steps", "Surefoot", "Surefoot.decide", "Surefoot.run", "Surefoot.sync", "SyncSteps",
    "SyncSurefoot", "checkpointer",
}  # fmt: skip
"""What a reader would try first."""


def documented() -> Iterator[tuple[str, Any]]:
    """Every public name, and every public member that a public class defines itself."""
    for name in surefoot.__all__:
        value = getattr(surefoot, name)
        yield name, value
        if inspect.isclass(value):
            for member, inner in vars(value).items():
                if not member.startswith("_") and (inspect.isroutine(inner) or isinstance(inner, property)):
                    yield f"{name}.{member}", getattr(value, member)


DOCUMENTED = dict(documented())
WITH_EXAMPLES = {
    name: value
    for name, value in DOCUMENTED.items()
    if examples(value.__doc__) and not (name.startswith("SyncSurefoot.") and hasattr(value, "__wrapped__"))
}
"""A method of `SyncSurefoot` that is made from one of `Surefoot` has that one's docstring."""


def test_every_public_name_has_a_docstring() -> None:
    """`help()` says something of every name that `from surefoot import` offers, and of its methods."""
    assert [name for name, value in DOCUMENTED.items() if not (value.__doc__ or "").strip()] == []
    assert len(DOCUMENTED) > 60


def test_public_names_are_sorted_and_there() -> None:
    """`__all__` is what the module offers, each name once."""
    assert surefoot.__all__ == sorted(set(surefoot.__all__))
    assert surefoot.__doc__


def test_errors_are_told_of() -> None:
    """A method that raises on purpose says so: all that drives a run or opens a file."""
    raising = ("run", "decide", "resume", "cancel", "get", "timeline", "open")
    assert [name for name in raising if "Raises" not in (getattr(Surefoot, name).__doc__ or "")] == []


def test_the_main_ones_have_examples() -> None:
    """What a reader tries first is shown."""
    assert set(WITH_EXAMPLES) == HAVE_EXAMPLES


@pytest.fixture
async def namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, Any]]:
    """The public names, and an open `agent`, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    async with Surefoot.open("surefoot.db") as agent:
        yield {**{name: getattr(surefoot, name) for name in surefoot.__all__}, "agent": agent}


@pytest.mark.parametrize("name", WITH_EXAMPLES)
async def test_examples_run(name: str, namespace: dict[str, Any]) -> None:
    """An example in a docstring does what it shows."""
    for example in examples(WITH_EXAMPLES[name].__doc__):
        await run_example(example, f"docstring of {name}", namespace)


async def test_a_wrong_example_is_found() -> None:
    """The collector has teeth: another value, an exception and a missing one fail."""
    (wrong, raises, silent) = examples(
        ">>> 1 + 1\n3\n>>> 1 / 0\n>>> 2\nTraceback (most recent call last):\nKeyError: 2\n"
    )
    with pytest.raises(AssertionError, match="said:\n2"):
        await run_example(wrong, "here", {})
    with pytest.raises(ZeroDivisionError):
        await run_example(raises, "here", {})
    with pytest.raises(AssertionError, match="said:\n2"):
        await run_example(silent, "here", {})
