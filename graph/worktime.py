"""How long a run has worked: what `Budget.seconds` limits.

Work is time by the clock on the wall while somebody drives the run. Waiting for a person, for a retry that is due
later, parked, or without a process is not work, and parallel tasks count once.
"""

from collections.abc import Mapping
from typing import Any, Final

from graph.contract import Transition
from graph.schedule import SECOND
from graph.state import RunState
from graph.states import NodeName
from graph.values import Micros

SINCE: Final = "__surefoot_since"
"""Where a driver says when it took the run up; LangGraph keeps such names out of checkpoints."""


def worked_since(configurable: Mapping[str, Any]) -> Micros | None:
    """When the run was last taken up, where its driver says so. LangGraph's own server does not."""
    since = configurable.get(SINCE)
    return Micros(since) if isinstance(since, int) else None


def worked(state: RunState, node: NodeName, since: Micros | None, at: Micros) -> float:
    """Seconds of work between the last step and the entry into `node`; never negative."""
    last = _last(state["transitions"])
    waited = last.target == node == "executing" and state["transitions"][-1].target != "worker"
    if waited or (last.target == "escalated" and since is None):
        return 0.0
    return max(0.0, (at - max(last.at, since or last.at)) / SECOND)


def _last(transitions: list[Transition]) -> Transition:
    """The last step that was not a dispatch: the work of the state that dispatched counts as well."""
    return next((step for step in reversed(transitions) if step.target != "worker"), transitions[-1])
