"""Surefoot from Python: open a database, run jobs, answer, resume; and two pieces of it to be used alone."""

from surefoot.api.agent import Surefoot
from surefoot.api.alone import BudgetedModel, checkpointer
from surefoot.api.run import Run
from surefoot.api.steps import Steps
from surefoot.api.sync import SyncSteps, SyncSurefoot

__all__ = ["BudgetedModel", "Run", "Steps", "Surefoot", "SyncSteps", "SyncSurefoot", "checkpointer"]
