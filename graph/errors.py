"""Defects, infrastructure and refusals: one exceptions file. A class docstring is the message's first line."""

from graph.contract import PlanFault
from graph.toolcall import ExternalWait, ToolError
from graph.values import Json, RunId, ThreadId


class SurefootError(Exception):
    """Anything that Surefoot raises on purpose: one clear line for a person."""


class BadRequest(SurefootError):
    """The caller's input is wrong; the message names the field and the remedy."""


class DomainMistake(SurefootError):
    """A domain is wired wrongly; the message names the place and the remedy."""


class UnknownRun(SurefootError):
    """No such run."""


class ThreadBusy(SurefootError):
    """The thread's run is not over; a new input would destroy what it waits for."""

    def __init__(self, thread_id: ThreadId, run_id: RunId, status: str) -> None:
        super().__init__(
            f"thread {thread_id} still has run {run_id} ({status}): answer, resume or cancel it, or use another thread"
        )


class RunBusy(SurefootError):
    """Another process drives this run."""


class Fenced(SurefootError):
    """The lease was taken over; nothing was written."""


class StaleAnswer(SurefootError):
    """The escalation is not open any more, or the option is not on its card."""


class StorageError(SurefootError):
    """The database cannot be used; the message says why and what to do."""


class IllegalTransition(SurefootError):
    """The machine was about to take an edge that its table does not have. Never retried."""


class Misdriven(SurefootError):
    """Nothing is left to do, yet the run is neither over nor waiting: a defect."""


class ModelError(SurefootError):
    """A model gave no usable answer."""


class ModelUnavailable(ModelError):
    """The model's endpoint is down."""


class ModelRefused(ModelError):
    """The endpoint is set up wrongly, and only a person can mend it; the message names the setting."""


class ContextOverflow(ModelRefused):
    """The endpoint says that the request does not fit the model's context window."""


class InvalidAnswer(ModelError):
    """The model's answer did not fit its schema, even after one repair."""


class BudgetRefused(SurefootError):
    """The ledger refused a reservation: the run's budget would be passed."""


class ToolFailed(SurefootError):
    """A tool call gave no value; carried to the worker node, which makes a TaskResult of it."""

    def __init__(self, error: ToolError) -> None:
        super().__init__(f"{error.code}: {error.message}")
        self.error = error


class Waiting(SurefootError):
    """A tool's answer comes later; the worker is entered again when it is due."""

    def __init__(self, wait: ExternalWait, kept: Json | None = None) -> None:
        super().__init__(f"waits for {wait.expects}")
        self.wait = wait
        self.kept = kept


class NeedsHuman(SurefootError):
    """A worker cannot decide by itself; the message is its question."""


class PlanRefused(SurefootError):
    """A plan breaks the rules; carries the faults for the planner."""

    def __init__(self, faults: tuple[PlanFault, ...]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults
