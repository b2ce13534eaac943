"""Surefoot: a production agent on LangGraph.

`Surefoot` runs jobs of a domain, with `await` or without; `build_graph` gives the plain LangGraph graph;
`BudgetedModel` and `checkpointer` are hardened pieces to be used alone. docs/python.md shows each of them.
"""

import surefoot.names  # noqa: F401 first: it says what is wrong where our names mean somebody else's code

# isort: split
from graph.build import build_graph
from graph.context import RunContext
from graph.contract import Budget, Outcome, Spend, Transition
from graph.declare import Declared, tool
from graph.errors import (
    BadRequest,
    BudgetRefused,
    DomainMistake,
    InvalidAnswer,
    ModelRefused,
    ModelUnavailable,
    RunBusy,
    StaleAnswer,
    StorageError,
    SurefootError,
    ThreadBusy,
    UnknownRun,
)
from graph.escalation import Escalation
from graph.jobs import CardView
from surefoot.api import BudgetedModel, Run, Steps, Surefoot, SyncSteps, SyncSurefoot, checkpointer
from surefoot.assembly import assembled
from surefoot.progress import Event
from surefoot.settings import Settings
from tools.adapt.langchain import from_langchain
from tools.harden import harden

__all__ = [
    "BadRequest",
    "Budget",
    "BudgetRefused",
    "BudgetedModel",
    "CardView",
    "Declared",
    "DomainMistake",
    "Escalation",
    "Event",
    "InvalidAnswer",
    "ModelRefused",
    "ModelUnavailable",
    "Outcome",
    "Run",
    "RunBusy",
    "RunContext",
    "Settings",
    "Spend",
    "StaleAnswer",
    "Steps",
    "StorageError",
    "Surefoot",
    "SurefootError",
    "SyncSteps",
    "SyncSurefoot",
    "ThreadBusy",
    "Transition",
    "UnknownRun",
    "assembled",
    "build_graph",
    "checkpointer",
    "from_langchain",
    "harden",
    "tool",
]
