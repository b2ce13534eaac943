"""A library's desk: it answers readers' questions about their loans. Replace it, file by file, by your own field.

schemas.py     the request, the outcome, and what is found      policy.py   what may happen, and when a person decides
library.py     the backend; yours is a service or a database    checks.py   what code verifies before and after
tools.py       verbs on the backend                             prompts/    what models are told
workers.py     who finds out, writes and delivers               rules.py    the model for when there is none
cases.jsonl    jobs with what must come of them                 job.json    one job to run

    surefoot run lending:domain lending/job.json
    python -m pytest lending
"""

from collections.abc import Mapping
from pathlib import Path

from graph.contract import Budget, TaskResult
from graph.domain import Domain
from graph.toolcall import EffectDone
from graph.values import Json

from . import checks
from .library import Library
from .policy import POLICY, tell
from .prompts import PROMPTS
from .rules import RULES
from .schemas import Outcome, Request
from .tools import tools
from .workers import workers


def domain(folder: Path) -> Domain:
    """The domain over a library that keeps its letters in `folder`."""
    library = Library(folder)
    get_loan, send_answer = tools(library)
    return Domain(
        name="lending",
        purpose="Answers readers' questions about their loans.",
        request=Request,
        outcome=Outcome,
        tools=(get_loan, send_answer),
        workers=workers(get_loan, send_answer),
        policy=POLICY,
        prompts=PROMPTS,
        rules=RULES,
        validators=(checks.loan_is_the_readers,),
        work_checks=(checks.amounts_are_the_fee,),
        receipt_checks=(checks.receipt_matches,),
        conclude=conclude,
        tell=tell,
        impacts={("effect_approval", "stop"): "Nothing is sent; the question stays with your team"},
        budget=Budget(tokens=40_000, usd=0.10, seconds=120, calls=16),
    )


def conclude(results: Mapping[str, TaskResult], effects: tuple[EffectDone, ...]) -> Json:  # noqa: ARG001 effects say it
    """The outcome, from what really happened."""
    sent = [effect.args["text"] for effect in effects if effect.tool == "send_answer"]
    return Outcome(reply=sent[-1] if sent else None).model_dump(mode="json")
