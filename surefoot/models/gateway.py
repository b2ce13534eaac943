"""The only way to a model: reserve, ask, settle, check against the schema, repair once."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from graph.budget import estimate_tokens, limit_for
from graph.contract import Header
from graph.domain import Role
from graph.errors import BudgetRefused, InvalidAnswer
from graph.ports import Clock, Domains, Ledger, ModelCall, Reservation, Usage, by_run
from graph.prose import Says
from surefoot.models.prompts.render import prompt_of, render, version, with_repair
from surefoot.models.prompts.shapes import shape_of
from surefoot.models.provider import Ask, Completion, Provider
from surefoot.models.speech import Speech

M = TypeVar("M", bound=BaseModel)

TIERS: Final[Mapping[Role, str]] = {
    "classify": "small", "parse": "small", "summarize": "small", "work": "large", "answer": "small",
    "plan": "large", "review": "large",
}  # fmt: skip
COMPLETION_CAP: Final = 1_500
"""Tokens that any one answer may take."""
WINDOW: Final = 32_000
"""Tokens of context, where the model's own window is not known."""


@dataclass(frozen=True)
class Gateway:
    """Structured model calls, charged to their run."""

    provider: Provider
    ledger: Ledger
    domains: Domains
    clock: Clock
    context_window: int = WINDOW
    answer_tokens: int = COMPLETION_CAP

    def window(self, header: Header) -> int:  # noqa: ARG002 tiers differ once there are endpoints
        """The planning model's context window in tokens."""
        return self.context_window

    async def structured(self, call: ModelCall, brief: BaseModel, answer: type[M], says: Says | None = None) -> M:
        """An answer that fits the schema, after at most one repair that shows the model its own error.

        Raises:
            ModelUnavailable: The endpoint is down.
            ModelRefused: The endpoint is set up wrongly.
            InvalidAnswer: Both answers broke the schema.
            BudgetRefused: The run cannot afford the call.
        """
        speech = Speech(call.streams, says)
        try:
            found = await self._answered(call, replace(self._ask(call, brief, answer), hear=speech.hear), answer)
        except BaseException:
            speech.void()
            raise
        speech.settle(found)
        return found

    async def _answered(self, call: ModelCall, ask: Ask, answer: type[M]) -> M:
        first, fault = await self._charged(call, ask, answer)
        if isinstance(first, answer):
            return first
        repair = replace(ask, messages=with_repair(ask.messages, str(first), fault))
        second, fault = await self._charged(call, repair, answer)
        if isinstance(second, answer):
            return second
        raise InvalidAnswer(f"{call.role} gave no valid {answer.__name__}: {fault}")

    def _ask(self, call: ModelCall, brief: BaseModel, answer: type[BaseModel]) -> Ask:
        domain, tier = self.domains.get(call.header.domain), TIERS[call.role]
        prompt, shape = prompt_of(domain, call.role, call.worker), shape_of(answer, brief)
        return Ask(
            domain=domain,
            role=call.role,
            worker=call.worker,
            brief=brief,
            messages=render(prompt, brief),
            prompt_version=version(prompt, brief, shape),
            schema=shape,
            max_tokens=self.answer_tokens,
            tier=tier,
            model=call.header.models.get(tier, self.provider.model(tier)),
        )

    async def _charged(self, call: ModelCall, ask: Ask, answer: type[M]) -> tuple[M | str, str]:
        """One completion between its reservation and its settlement: the answer, or its text and what is wrong.

        A cancelled call is charged in full, since the provider may have billed it.
        """
        reserved = await self._reserve(call, ask)
        begun = time.monotonic()
        spent, outcome = _in_full(reserved), "error"
        try:
            spent = await self.provider.complete(ask)
            read, fault = _read(spent, answer)
            outcome = "invalid" if fault else "ok"
        except Exception:
            spent = NOTHING
            raise
        finally:
            usage = self._usage(call, ask, spent, outcome, time.monotonic() - begun)
            await asyncio.shield(self.ledger.settle(by_run(call.header), reserved.id, usage))
        return read, fault

    async def _reserve(self, call: ModelCall, ask: Ask) -> Reservation:
        prompt = estimate_tokens(text for _, text in ask.messages)
        tokens, micros = prompt + ask.max_tokens, self.provider.most_usd_micros(ask, prompt)
        reservation = Reservation(id=uuid4().hex, role=call.role, tokens=tokens, usd_micros=micros)
        limits = limit_for(call.role, call.header.budget)
        if not await self.ledger.reserve(by_run(call.header), *limits, reservation):
            raise BudgetRefused(f"a {call.role} call of about {tokens} tokens would pass the run's budget")
        return reservation

    def _usage(self, call: ModelCall, ask: Ask, spent: Completion, outcome: str, seconds: float) -> Usage:
        return Usage.model_validate(
            {
                "state": call.state,
                "task_id": call.task_id,
                "role": call.role,
                "tier": TIERS[call.role],
                "model": ask.model,
                "prompt_version": ask.prompt_version,
                "prompt_tokens": spent.prompt_tokens,
                "completion_tokens": spent.completion_tokens,
                "cached_tokens": spent.cached_tokens,
                "usd_micros": spent.usd_micros,
                "seconds": seconds,
                "attempt": call.attempt,
                "outcome": outcome,
                "at": self.clock.now(),
                "estimated": spent.estimated,
            }
        )


NOTHING: Final = Completion("", prompt_tokens=0, completion_tokens=0)
"""What a call is charged whose endpoint answered with an error."""


def _read(spent: Completion, answer: type[M]) -> tuple[M | str, str]:
    if spent.fault:
        return spent.text, spent.fault
    try:
        return answer.model_validate_json(spent.text), ""
    except ValidationError as error:
        return spent.text, _told(error)


def _in_full(reserved: Reservation) -> Completion:
    return Completion("", prompt_tokens=reserved.tokens, completion_tokens=0, usd_micros=reserved.usd_micros)


def _told(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False)[:3]
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'answer'}: {fault['msg']}" for fault in faults)
