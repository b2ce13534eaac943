"""Mistakes in tools and workers: the parts that a domain is made of."""

import inspect
from collections.abc import Iterator
from typing import get_args

from graph.contract import Stage
from graph.domain import Domain, Effect, Stakes, Tool, Worker
from surefoot.mistakes.shape import is_async, is_model, model_mistakes, takes


def tool_mistakes(tool: Tool, domain: Domain) -> Iterator[str]:
    """Everything wrong with one tool."""
    place = f"tool {tool.name}"
    yield from model_mistakes(f"{place}, input", tool.input)
    yield from model_mistakes(f"{place}, output", tool.output)
    kind = list(_kind_mistakes(tool))
    yield from kind or _effect_mistakes(tool, domain)
    yield from _probe_mistakes(tool, domain)
    yield from _limit_mistakes(place, seconds=tool.timeout_seconds, attempts=tool.attempts)
    if tool.outward and not any(worker.delivers == tool.name for worker in domain.workers):
        yield f"{place}: no worker delivers it; add deliver_worker({tool.name}) to the workers"


def worker_mistakes(worker: Worker, domain: Domain) -> Iterator[str]:
    """Everything wrong with one worker."""
    place = f"worker {worker.name}"
    yield from model_mistakes(f"{place}, input", worker.input)
    yield from model_mistakes(f"{place}, output", worker.output)
    if not callable(worker.run):
        yield f"{place}: run is {worker.run!r}, which cannot be called; give an async function"
    elif not takes(worker.run, None, None):
        yield f"{place}: run must take two arguments, its input and the context"
    elif inspect.isfunction(worker.run) and worker.run.__name__ != "<lambda>" and not is_async(worker.run):
        yield f"{place}: run is not async; write it with async def"
    yield from _stage_mistakes(worker, domain)
    yield from _limit_mistakes(place, seconds=worker.timeout_seconds)
    if worker.estimated_tokens < 0:
        yield f"{place}: estimated_tokens is {worker.estimated_tokens}; give 0 or more"


def _kind_mistakes(tool: Tool) -> Iterator[str]:
    """Words that policy does not know."""
    for name, value, choices in (("effect", tool.effect, get_args(Effect)), ("stakes", tool.stakes, get_args(Stakes))):
        if value not in choices:
            yield f"tool {tool.name}: {name} is {value!r}; use one of {', '.join(choices)}"


def _effect_mistakes(tool: Tool, domain: Domain) -> Iterator[str]:
    """What a tool of its kind must have: policy's decision, the right parameters, an identity."""
    if (tool.effect, tool.stakes) not in domain.policy.gates:
        yield f"policy.gates: no decision for ({tool.effect}, {tool.stakes}), which tool {tool.name} has; add one"
    yield from _call_mistakes(tool)
    yield from _identity_mistakes(tool)


def _call_mistakes(tool: Tool) -> Iterator[str]:
    arguments = ("its input",) if tool.effect == "read" else ("its input", "the idempotency key")
    if not callable(tool.call):
        yield f"tool {tool.name}: call is {tool.call!r}, which cannot be called; give a function"
    elif not takes(tool.call, *arguments):
        yield f"tool {tool.name}: {tool.effect} tools are called with {' and '.join(arguments)}; change its parameters"


def _identity_mistakes(tool: Tool) -> Iterator[str]:
    if tool.effect != "read" and tool.identity is None:
        yield f"tool {tool.name}: an effect needs an identity; say which input fields make it the same effect"
    if not tool.identity or not is_model(tool.input):
        return
    if isinstance(tool.identity.fields, str):
        yield f"tool {tool.name}: identity.fields is a text; write EffectIdentity(({tool.identity.fields!r},))"
        return
    for name in tool.identity.fields:
        if name not in tool.input.model_fields:
            yield f"tool {tool.name}: identity names {name!r}, which {tool.input.__name__} does not have; mend the name"


def _probe_mistakes(tool: Tool, domain: Domain) -> Iterator[str]:
    if not tool.probe:
        return
    probe = domain.tool(tool.probe)
    if probe is None:
        yield f"tool {tool.name}: probe names {tool.probe!r}, which is no tool; declare it or drop it"
    elif probe.effect != "read":
        yield f"tool {tool.name}: probe {tool.probe} is {probe.effect}; a probe may only read"


def _stage_mistakes(worker: Worker, domain: Domain) -> Iterator[str]:
    place = f"worker {worker.name}"
    if worker.stage not in get_args(Stage):
        yield f"{place}: stage is {worker.stage!r}; use one of {', '.join(get_args(Stage))}"
    for name in worker.tools:
        tool = domain.tool(name)
        if tool is None:
            yield f"{place}: no tool {name!r}; declare it or drop it"
        elif worker.stage == "work" and tool.outward:
            yield f"{place}: {name} is legal in stage deliver only; use deliver_worker({name})"
    if worker.stage == "deliver":
        yield from _delivery_mistakes(worker, domain)


def _delivery_mistakes(worker: Worker, domain: Domain) -> Iterator[str]:
    tool = domain.tool(worker.name)
    if worker.delivers is None or worker.delivers != worker.name:
        yield f"worker {worker.name}: a deliver worker makes one exact call of its tool; build it with deliver_worker"
    elif tool is not None and worker.input is not tool.input:
        yield f"worker {worker.name}: its input is not the tool's; build it with deliver_worker"


def _limit_mistakes(place: str, *, seconds: float, attempts: int = 1) -> Iterator[str]:
    if not seconds > 0:
        yield f"{place}: timeout_seconds is {seconds}; give more than 0"
    if attempts < 1:
        yield f"{place}: attempts is {attempts}; give 1 or more"
