"""Declaring tools: what a function, or anybody's tool, may do to the world, said beside it.

```python
@tool(effect="irreversible", stakes="money", identity=("order_id",), honours_keys=True)
async def issue_refund(args: IssueRefund, key: str) -> Refund:
    "Pay money back for one order."
```
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args, overload

from pydantic import BaseModel
from typing_extensions import TypedDict, Unpack

from graph.domain import Effect, EffectIdentity, Stakes, Tool
from graph.errors import DomainMistake
from graph.limits import BreakerRule, Rate
from graph.signatures import Contract, Function, contract, signature_mistakes, takes_key


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a tool may do to the world. The defaults are those of a read."""

    effect: Effect = "read"
    stakes: Stakes = "none"
    identity: tuple[str, ...] | None = None
    """Input fields that make two calls the same effect; `()` means once a scope. Required of every effect."""
    scope: Literal["run", "tenant"] = "run"
    honours_keys: bool = False
    """The backend does a call with a known idempotency key once, however often it is made."""
    key_argument: str | None = None
    """The argument that takes the idempotency key, where it is not a Python function's `key`; no model sees it."""
    clean_refusals: bool = False
    """An error that the tool answers means that nothing happened.

    Only for tools of others, whose errors are texts: without keys and without this, an effect that answers an
    error ends as `unknown_outcome`.
    """
    probe: str | None = None
    timeout_seconds: float = 20.0
    attempts: int = 3
    rate: Rate | None = None
    breaker: BreakerRule | None = None
    shown_bytes: int = 16_000
    most_bytes: int = 1_000_000


class Said(TypedDict, total=False):
    """`Declared`, as keyword arguments."""

    effect: Effect
    stakes: Stakes
    identity: tuple[str, ...] | None
    scope: Literal["run", "tenant"]
    honours_keys: bool
    key_argument: str | None
    clean_refusals: bool
    probe: str | None
    timeout_seconds: float
    attempts: int
    rate: Rate | None
    breaker: BreakerRule | None
    shown_bytes: int
    most_bytes: int


@overload
def tool(function: Function, /) -> Tool: ...
@overload
def tool(
    *, name: str | None = None, purpose: str | None = None, **said: Unpack[Said]
) -> Callable[[Function], Tool]: ...
def tool(
    function: Function | None = None, /, *, name: str | None = None, purpose: str | None = None, **said: Unpack[Said]
) -> Tool | Callable[[Function], Tool]:
    """Make a tool of a function; without arguments it is a read.

    Its name is the function's, its purpose the docstring's first paragraph. It takes either one pydantic model or
    plain parameters, of which a model is made; an effect may take the idempotency key as `key: str`. It returns a
    pydantic model, or anything else that has a JSON form, which then stands under `result`; `| Pending` says that
    the answer may come later.

    Raises:
        DomainMistake: A line a mistake, each naming the function and the remedy.
    """
    if function is not None:
        return from_function(function)
    declared = Declared(**said)
    return lambda function: from_function(function, declared, name=name, purpose=purpose)


def from_function(
    function: Function, declared: Declared | None = None, *, name: str | None = None, purpose: str | None = None
) -> Tool:
    """The tool of a function, sync or async; a bound method will do. Raises `DomainMistake`."""
    declared = declared or Declared()
    effect = declared.effect != "read"
    own_name = str(getattr(function, "__name__", type(function).__name__))
    named = Named(name or own_name, purpose or _first_paragraph(function))
    check(named, [*_own_mistakes(declared, function), *signature_mistakes(function, effect=effect)])
    return built(declared, named, contract(function, named.name, effect=effect))


@dataclass(frozen=True)
class Named:
    """What a tool is called and what it is for: all that those who choose it go by."""

    name: str
    purpose: str


def built(declared: Declared, named: Named, read: Contract) -> Tool:
    """The tool, where nothing is wrong with its declaration. Raises `DomainMistake` with a line a mistake."""
    check(named, _declaration_mistakes(declared, named, read.input))
    return Tool(
        name=named.name,
        purpose=named.purpose,
        input=read.input,
        output=read.output,
        call=read.call,
        effect=declared.effect,
        stakes=declared.stakes,
        identity=None if declared.identity is None else EffectIdentity(declared.identity, declared.scope),
        honours_keys=declared.honours_keys,
        probe=declared.probe,
        timeout_seconds=declared.timeout_seconds,
        attempts=declared.attempts,
        rate=declared.rate,
        breaker=declared.breaker,
        shown_bytes=declared.shown_bytes,
        most_bytes=declared.most_bytes,
    )


def check(named: Named, mistakes: Iterable[str]) -> None:
    """Raise `DomainMistake` where there are any, a line each."""
    lines = [f"tool {named.name}: {mistake}" for mistake in mistakes]
    if lines:
        raise DomainMistake("\n".join(lines))


def _declaration_mistakes(declared: Declared, named: Named, takes: type[BaseModel]) -> Iterator[str]:
    if not named.purpose:
        yield "no purpose; say in a docstring of one sentence what it does, for those who choose it"
    for said, value, choices in (("effect", declared.effect, Effect), ("stakes", declared.stakes, Stakes)):
        if value not in get_args(choices):
            yield f"{said} is {value!r}; use one of {', '.join(get_args(choices))}"
    yield from _identity_mistakes(declared, takes)
    if not declared.timeout_seconds > 0:
        yield f"timeout_seconds is {declared.timeout_seconds}; give more than 0"
    if declared.attempts < 1:
        yield f"attempts is {declared.attempts}; give 1 or more"


def _identity_mistakes(declared: Declared, takes: type[BaseModel]) -> Iterator[str]:
    fields = declared.identity
    if isinstance(fields, str):
        yield f"identity is a text; write identity=({fields!r},)"
    elif fields is None and declared.effect != "read":
        yield "an effect needs an identity; say identity=(...), the input fields that make two calls the same effect"
    else:
        known = ", ".join(takes.model_fields) or "none"
        for field in fields or ():
            if field not in takes.model_fields:
                yield f"identity names {field!r}, which is no input field; its fields are {known}"


def _own_mistakes(declared: Declared, function: Function) -> Iterator[str]:
    if declared.honours_keys and not takes_key(function, effect=declared.effect != "read"):
        yield "honours_keys is said, but no key is taken; add a parameter key: str and pass it on, or drop honours_keys"
    if declared.key_argument is not None:
        yield "key_argument is for tools of others; a function takes the key as its parameter key: str"


def _first_paragraph(function: Function) -> str:
    text = inspect.getdoc(function) if hasattr(function, "__name__") else inspect.getdoc(type(function).__call__)
    return " ".join((text or "").split("\n\n")[0].split())
