"""The only way to a model: reserve, ask, settle, check against the schema, repair once, fall back where it is down."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from graph.breaker import Breaker
from graph.contract import Header
from graph.errors import InvalidAnswer, ModelRefused, ModelUnavailable
from graph.limits import BreakerRule
from graph.ports import Clock, Domains, Ledger, ModelCall
from graph.prose import Says
from surefoot.models.ceilings import Ceilings
from surefoot.models.charging import Book, Charge
from surefoot.models.estimate import Estimator
from surefoot.models.outages import Outages
from surefoot.models.prompts.render import prompt_of, render, version, with_repair
from surefoot.models.prompts.shapes import shape_of
from surefoot.models.provider import Ask, Completion, Hop, Provider, hops_of
from surefoot.models.speech import Speech
from surefoot.models.tiers import tier_of

M = TypeVar("M", bound=BaseModel)

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
    tiers: Mapping[str, str] = field(default_factory=dict)
    """The settings' word on which tier a role is asked of."""
    ceilings: Ceilings = field(default_factory=Ceilings)
    breaker: BreakerRule = field(default_factory=BreakerRule)
    """When a model and endpoint are left alone."""
    breakers: dict[tuple[str, str], Breaker] = field(default_factory=dict)
    estimator: Estimator = field(default_factory=Estimator)

    def window(self, header: Header) -> int:
        """The tokens of context that a plan may take: the settings' word, or less where a model of the chain has less.

        A tier without a model is told where it is asked.
        """
        tier = tier_of("plan", self.domains.get(header.domain), self.tiers)
        try:
            hops = hops_of(self.provider, tier, header.models.get(tier, ""))
        except ModelRefused:
            return self.context_window
        return min([self.context_window, *(hop.window for hop in hops if hop.window)])

    async def structured(self, call: ModelCall, brief: BaseModel, answer: type[M], says: Says | None = None) -> M:
        """An answer that fits the schema, after at most one repair that shows the model its own error.

        Raises:
            ModelUnavailable: The endpoint is down, and so is every other of the tier's chain.
            ModelRefused: The endpoint is set up wrongly, or the tier has no model.
            InvalidAnswer: Both answers broke the schema.
            BudgetRefused: The run, or its day, cannot afford the call.
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
        first = await self._asked(call, ask, answer)
        if isinstance(first.value, answer):
            return first.value
        repair = replace(ask, messages=with_repair(ask.messages, first.text, first.fault))
        if first.only_form:
            repair = replace(repair, tier=tier_of("repair", ask.domain, self.tiers))
        second = await self._asked(call, repair, answer, repair=True)
        if isinstance(second.value, answer):
            return second.value
        raise InvalidAnswer(f"{call.role} gave no valid {answer.__name__}: {second.fault}")

    def _ask(self, call: ModelCall, brief: BaseModel, answer: type[BaseModel]) -> Ask:
        domain = self.domains.get(call.header.domain)
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
            tier=tier_of(call.role, domain, self.tiers),
            model="",
        )

    async def _asked(self, call: ModelCall, ask: Ask, answer: type[M], *, repair: bool = False) -> "Read":
        """One completion by the first model of the tier's chain that is not down."""
        hops = hops_of(self.provider, ask.tier, call.header.models.get(ask.tier, ""))
        outages, down = Outages(self.clock, self.breaker, self.breakers), list[str]()
        for number, hop in enumerate(hops):
            asked = replace(ask, model=hop.model, endpoint=hop.endpoint, share=1 / len(hops))
            try:
                with outages.admitted(hop):
                    return await self._charged(self._charge(call, asked, hop, number, repair=repair), answer)
            except ModelUnavailable as error:
                down.append(str(error))
        raise ModelUnavailable("; then ".join(down))

    def _charge(self, call: ModelCall, ask: Ask, hop: Hop, number: int, *, repair: bool) -> Charge:
        book = Book(self.ledger, self.clock, self.provider, self.estimator)
        pools = self.ceilings.pools(ask.domain, call.header.tenant, self.clock.now())
        return Charge(book, call, ask, hop, number, pools, repair)

    async def _charged(self, charge: Charge, answer: type[M]) -> "Read":
        """One completion between its reservations and their settlement."""
        ask = await charge.reserve()
        try:
            spent = await self.provider.complete(ask)
        except BaseException as error:
            await charge.failed(error)
            raise
        read = _read(spent, answer)
        await charge.answered(spent, "invalid" if read.fault else "ok")
        return read


@dataclass(frozen=True)
class Read:
    """A completion against its schema."""

    text: str
    value: BaseModel | None = None
    fault: str = ""
    only_form: bool = False
    """It is whole, and only its form is wrong."""


def _read(spent: Completion, answer: type[BaseModel]) -> Read:
    if spent.fault:
        return Read(spent.text, fault=spent.fault)
    try:
        return Read(spent.text, answer.model_validate_json(spent.text))
    except ValidationError as error:
        return Read(spent.text, fault=_told(error), only_form=True)


def _told(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False)[:3]
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'answer'}: {fault['msg']}" for fault in faults)
