"""Surefoot: a production agent on LangGraph."""

import surefoot.names  # noqa: F401 first: it says what is wrong where our names mean somebody else's code

# isort: split
from graph.build import build_graph
from graph.contract import Budget, Outcome, Spend
from graph.errors import SurefootError
from surefoot.api import Run, Surefoot
from surefoot.assembly import assembled
from surefoot.settings import Settings

__all__ = ["Budget", "Outcome", "Run", "Settings", "Spend", "Surefoot", "SurefootError", "assembled", "build_graph"]
