"""What makes a plan acceptable: checked as a whole before anything runs, each fault told to the planner."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pydantic import ValidationError

from graph.contract import FaultCode, Plan, PlanFault, Task, TaskResult
from graph.domain import Domain, Worker
from graph.errors import PlanRefused
from graph.refs import Unresolved, refs_in, renamed, resolved, task_of
from graph.toolcall import EffectDone

LOCAL_ID = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Ground:
    """What a plan stands on: the domain, what is known and done, and what is left to spend."""

    domain: Domain
    results: Mapping[str, TaskResult] = field(default_factory=dict)
    effects: tuple[EffectDone, ...] = ()
    tokens_left: int | None = None
    withdrawn: frozenset[str] = frozenset()


def accepted(proposal: Plan, number: int, ground: Ground) -> Plan:
    """The proposal as plan `number`: ids carry the number, references become dependencies.

    Raises:
        PlanRefused: With every fault there is, named in the planner's own task ids.
    """
    faults = list(_faults(proposal, ground))
    if faults:
        raise PlanRefused(tuple(faults))
    names = {str(task.id): f"{number}/{task.id}" for task in proposal.tasks}
    tasks = tuple(_numbered(task, names) for task in proposal.tasks)
    return proposal.model_copy(update={"number": number, "tasks": tasks})


def _numbered(task: Task, names: Mapping[str, str]) -> Task:
    inputs = renamed(task.input, names)
    depends = {names.get(name, name) for name in task.depends_on} | {task_of(ref) for ref in refs_in(inputs)}
    return task.model_copy(update={"id": names[task.id], "input": inputs, "depends_on": tuple(sorted(depends))})


def _faults(plan: Plan, ground: Ground) -> Iterator[PlanFault]:
    yield from _size_faults(plan, ground.domain)
    yield from _id_faults(plan)
    for task in plan.tasks:
        worker = ground.domain.worker(task.worker)
        if worker is None:
            yield _fault("unknown_worker", task, f"there is no worker {task.worker!r}", "worker")
            continue
        yield from _tool_faults(task, worker, ground.withdrawn)
        yield from _stage_faults(task, worker, plan, ground.domain)
        yield from _ref_faults(task, plan, ground.results)
        yield from _input_faults(task, worker)
        yield from _effect_faults(task, worker, ground)
    yield from _cycle_faults(plan)
    yield from _cost_faults(plan, ground)


def _size_faults(plan: Plan, domain: Domain) -> Iterator[PlanFault]:
    if not plan.tasks:
        yield PlanFault(code="invalid_plan", message="a plan needs at least one task", field="tasks")
    if len(plan.tasks) > domain.policy.max_tasks:
        message = f"{len(plan.tasks)} tasks, at most {domain.policy.max_tasks} are allowed"
        yield PlanFault(code="too_many_tasks", message=message, field="tasks")


def _id_faults(plan: Plan) -> Iterator[PlanFault]:
    seen: set[str] = set()
    for task in plan.tasks:
        if not LOCAL_ID.fullmatch(task.id):
            yield _fault("invalid_plan", task, "an id is lower case letters, digits, - and _, at most 40", "id")
        if task.id in seen:
            yield _fault("duplicate_id", task, f"the id {task.id!r} stands twice", "id")
        seen.add(task.id)


def _tool_faults(task: Task, worker: Worker, withdrawn: frozenset[str]) -> Iterator[PlanFault]:
    for name in task.tools:
        if name not in worker.tools:
            yield _fault("unknown_tool", task, f"worker {worker.name} has no tool {name!r}", "tools")
    for name in sorted(withdrawn & set(task.tools) if task.tools else worker.lacks(withdrawn)):
        yield _fault("unknown_tool", task, f"{name} is withdrawn for now, its backend is down", "worker")


def _stage_faults(task: Task, worker: Worker, plan: Plan, domain: Domain) -> Iterator[PlanFault]:
    if task.stage != worker.stage:
        yield _fault("illegal_stage", task, f"worker {worker.name} is for stage {worker.stage}", "stage")
    for name in task.tools or worker.tools:
        tool = domain.tool(name)
        if tool is not None and domain.gate(tool) == "never":
            yield _fault("denied", task, f"policy never allows {name}", "worker")
        if tool is not None and tool.outward and task.stage != "deliver":
            yield _fault("illegal_stage", task, f"{name} is legal only in stage deliver", "stage")
    stages = {other.id: other.stage for other in plan.tasks}
    for ref in refs_in(task.input) if task.stage == "deliver" else ():
        if stages.get(task_of(ref)) == "deliver":
            yield _fault("illegal_stage", task, f"{ref}: a delivery may refer to reviewed work only", "input")


def _ref_faults(task: Task, plan: Plan, results: Mapping[str, TaskResult]) -> Iterator[PlanFault]:
    local = {other.id for other in plan.tasks}
    for name in task.depends_on:
        if name not in local:
            yield _fault("unknown_ref", task, f"depends on {name!r}, which is not in the plan", "depends_on")
    for ref in refs_in(task.input):
        name = task_of(ref)
        earlier = results.get(name)
        if name not in local and (earlier is None or earlier.status != "success"):
            yield _fault("unknown_ref", task, f"{ref}: no task {name!r} with an output", "input")


def _input_faults(task: Task, worker: Worker) -> Iterator[PlanFault]:
    """Everything but the fields that hold references, which cannot be known yet."""
    later = {name for name, value in task.input.items() if any(True for _ in refs_in(value))}
    try:
        worker.input.model_validate({name: None if name in later else value for name, value in task.input.items()})
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            place = ".".join(str(step) for step in fault["loc"])
            if not fault["loc"] or fault["loc"][0] not in later:
                yield _fault("invalid_input", task, f"{place or 'input'}: {fault['msg']}", f"input.{place}")


def _effect_faults(task: Task, worker: Worker, ground: Ground) -> Iterator[PlanFault]:
    tool = ground.domain.tool(worker.delivers) if worker.delivers else None
    if tool is None or tool.identity is None:
        return
    names = {name: _known(task.input.get(name), ground.results) for name in tool.identity.fields}
    for effect in ground.effects:
        if effect.tool == tool.name and all(effect.args.get(name) == value for name, value in names.items()):
            yield _fault("effect_done", task, f"{tool.name} already happened in this run", "worker")


def _known(value: Any, results: Mapping[str, TaskResult]) -> Any:
    try:
        return resolved(value, results)
    except Unresolved:
        return value


def _cycle_faults(plan: Plan) -> Iterator[PlanFault]:
    local = {task.id for task in plan.tasks}
    needs = {task.id: {*task.depends_on, *map(task_of, refs_in(task.input))} & local for task in plan.tasks}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        yield PlanFault(code="cycle", message=f"tasks wait for each other: {circle}", field="depends_on")


def _cost_faults(plan: Plan, ground: Ground) -> Iterator[PlanFault]:
    workers = (ground.domain.worker(task.worker) for task in plan.tasks)
    estimate = sum(worker.estimated_tokens for worker in workers if worker)
    left = ground.tokens_left
    if left is not None and estimate > left:
        yield PlanFault(code="over_budget", message=f"about {estimate} tokens, {left} are left", field="tasks")


def _fault(code: FaultCode, task: Task, message: str, place: str) -> PlanFault:
    return PlanFault(code=code, message=message, task=task.id, field=place)
