"""One completion and its charges: a reservation before each request that may have to be paid for, each settled once."""

import asyncio
import math
import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal
from uuid import uuid4

from graph.budget import estimate_tokens, limit_for
from graph.charges import Grant, Limits, Pool, Reservation, Usage
from graph.errors import BudgetRefused
from graph.ports import Clock, Ledger, ModelCall, by_run
from surefoot.models.estimate import MARGIN, Estimator, counted
from surefoot.models.provider import Ask, Completion, Hop, Provider

Outcome = Literal["ok", "invalid", "error", "unknown"]

LEAST_ANSWER: Final = 256
"""Tokens below which an answer is not worth asking for."""
NOTHING: Final = Completion("", prompt_tokens=0, completion_tokens=0)
"""What a call is charged whose endpoint did no work on it."""


@dataclass(frozen=True)
class Book:
    """Where calls are charged, and by what they are estimated; shared by all calls of a process."""

    ledger: Ledger
    clock: Clock
    provider: Provider
    estimator: Estimator


@dataclass
class Charge:
    """The charges of one completion. As the provider's `Tries` it pays for a request before it goes out.

    A reservation covers requests until one of them may have been billed: that one settles it, and the next request
    needs a reservation of its own.
    """

    book: Book
    call: ModelCall
    ask: Ask
    hop: Hop
    number: int
    """The hop's place in its chain."""
    pools: tuple[Pool, ...]
    repair: bool = False
    granted: Grant = field(default_factory=Grant)
    tries: int = 0
    told: bool = False
    """Whether the provider tells of its requests."""
    flying: bool = False
    """Whether a request is on its way."""
    heard: str = ""
    """What came of a streamed answer so far."""
    _id: str | None = None
    _begun: float = 0.0

    @cached_property
    def count(self) -> int:
        """The request's prompt by our own count."""
        return counted(self.ask)

    async def reserve(self) -> Ask:
        """Reserve, and return the question with its answer's cap clipped to what is left. Raises `BudgetRefused`."""
        again = bool(self.granted.answer_tokens)
        least = self.ask.max_tokens if again else min(LEAST_ANSWER, self.ask.max_tokens)
        wanted = await self._wanted(least)
        granted = await self._granted(wanted)
        if granted.refused:
            raise BudgetRefused(granted.refused)
        self.granted, self._id, self._begun, self.tries = granted, wanted.id, time.monotonic(), 0
        hear = self._hear if self.ask.hear else None
        return replace(self.ask, max_tokens=granted.answer_tokens, tries=self, hear=hear)

    async def _granted(self, wanted: Reservation) -> Grant:
        """The ledger's answer. One that comes after its caller was cancelled is given back: nothing went out."""
        try:
            return await self.book.ledger.reserve(by_run(self.call.header), self._limits(), wanted)
        except asyncio.CancelledError:
            self._id, self._begun = wanted.id, time.monotonic()
            await self.settle(NOTHING, "error", "CancelledError")
            raise

    async def begins(self) -> None:
        """A request is about to go out: see that it is paid for. Raises `BudgetRefused`."""
        if self._id is None:
            self.ask = replace(self.ask, max_tokens=self.granted.answer_tokens)
            await self.reserve()
        self.tries += 1
        self.told = self.flying = True
        self.heard = ""

    async def broke(self, error: str, *, billed: bool) -> None:
        """A request gave no answer."""
        self.flying = False
        if billed:
            await self.settle(self._lost(self.heard), "unknown", error)

    async def answered(self, spent: Completion, outcome: Outcome) -> None:
        """The completion came; what it used is learnt from."""
        self.flying = False
        if spent.estimated:
            spent = self._supposed(spent)
        elif spent.prompt_tokens:
            self.book.estimator.learn(self.count, self.hop.place, self.hop.model, spent.prompt_tokens)
        await self.settle(spent, outcome)

    async def failed(self, error: BaseException) -> None:
        """No completion came. A call that was cut off is charged in full, a broken one as far as it was heard."""
        cut = not isinstance(error, Exception)
        if self.flying or (cut and not self.told):
            await self.settle(self._lost("" if cut else self.heard), "unknown", type(error).__name__)
        else:
            await self.settle(NOTHING, "error", type(error).__name__)

    async def settle(self, spent: Completion, outcome: Outcome, error: str | None = None) -> None:
        """Settle the open reservation, if there is one; a cancelled caller settles all the same."""
        if self._id is None:
            return
        settled, self._id = self._id, None
        usage = self._usage(spent, outcome, error)
        await asyncio.shield(self.book.ledger.settle(by_run(self.call.header), settled, usage))

    def _hear(self, text: str) -> None:
        self.heard = text
        if self.ask.hear:
            self.ask.hear(text)

    def _lost(self, heard: str) -> Completion:
        """The charge for a request of unknown cost: its prompt, and what was heard of its answer, or a whole one."""
        said = estimate_tokens([heard]) if heard else self.granted.answer_tokens
        return self._supposed(Completion(heard, 0, said, estimated=True))

    def _supposed(self, said: Completion) -> Completion:
        """A completion whose usage was not reported: the prompt as reserved, the answer by our own count and margin."""
        most = self.granted.answer_tokens
        prompt, answer = self.granted.tokens - most, min(most, math.ceil(said.completion_tokens * MARGIN))
        micros = self.book.provider.most_usd_micros(replace(self.ask, max_tokens=answer), prompt)
        return replace(
            said,
            prompt_tokens=prompt,
            completion_tokens=answer,
            usd_micros=min(micros, self.granted.usd_micros),
            priced=self.hop.priced,
        )

    async def _wanted(self, least: int) -> Reservation:
        call, ask, hop = self.call, self.ask, self.hop
        prompt = await self.book.estimator.prompt(self.count, hop.place, hop.model, self.book.ledger)
        micros = self.book.provider.most_usd_micros(ask, prompt)
        return Reservation(
            id=uuid4().hex,
            role=call.role,
            tokens=prompt + ask.max_tokens,
            usd_micros=micros,
            answer_tokens=ask.max_tokens,
            answer_micros=micros - self.book.provider.most_usd_micros(replace(ask, max_tokens=0), prompt),
            least_answer=least,
            domain=call.header.domain,
            state=call.state,
            task_id=call.task_id,
            tier=ask.tier,
            model=hop.model,
            endpoint=hop.place,
            hop=self.number,
            prompt_version=ask.prompt_version,
            attempt=call.attempt,
        )

    def _limits(self) -> Limits:
        header = self.call.header
        tokens, micros, calls = limit_for(self.call.role, header.budget)
        return Limits(tokens=tokens, usd_micros=micros, calls=calls, forgiven=header.forgiven, pools=self.pools)

    def _usage(self, spent: Completion, outcome: Outcome, error: str | None) -> Usage:
        call, ask, hop = self.call, self.ask, self.hop
        return Usage(
            state=call.state,
            task_id=call.task_id,
            role=call.role,
            tier=ask.tier,
            model=hop.model,
            prompt_version=ask.prompt_version,
            prompt_tokens=spent.prompt_tokens,
            completion_tokens=spent.completion_tokens,
            cached_tokens=spent.cached_tokens,
            usd_micros=spent.usd_micros,
            seconds=time.monotonic() - self._begun,
            attempt=call.attempt,
            outcome=outcome,
            at=self.book.clock.now(),
            estimated=spent.estimated,
            domain=call.header.domain,
            endpoint=hop.place,
            hop=self.number,
            tries=max(1, self.tries),
            error=error,
            repair=self.repair,
            priced=hop.priced and spent.priced,
            counted=self.count,
        )
