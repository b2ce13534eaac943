"""Two hardened pieces for those who want no more: structured model calls inside a budget, and the checkpointer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, Self, TypeVar

from langgraph.checkpoint.base import BaseCheckpointSaver
from pydantic import BaseModel, RootModel

from checkpoints.store import Store
from graph.contract import Budget, Header, Spend
from graph.domain import Domain, Policy, Role
from graph.errors import ModelRefused
from graph.ports import Clock, ModelCall, by_run
from graph.prompt import Prompt
from graph.values import Json, RunId, ThreadId
from surefoot.clock import SystemClock
from surefoot.models.choice import answering
from surefoot.models.endpoints.endpoint import endpoints_of
from surefoot.models.gatekeeping import gateway_of
from surefoot.models.gateway import Gateway
from surefoot.models.provider import Provider
from surefoot.settings import Settings

M = TypeVar("M", bound=BaseModel)
Tier = Literal["large", "small"]

ROLES: Final[dict[Tier, Role]] = {"large": "work", "small": "classify"}


class Given(RootModel[str | Json]):
    """What a model is given that has no model of its own."""


@dataclass(frozen=True)
class BudgetedModel:
    """Structured model calls that together never pass a budget, kept in a ledger that survives the process.

    Each call reserves what it may cost at most, asks, settles what it did cost, checks the answer against its schema,
    and repairs it once. Retries, timeouts and structured output are those of every run (docs/models.md).
    """

    gateway: Gateway
    header: Header

    @classmethod
    @asynccontextmanager
    async def open(
        cls, db: str | Path, name: str, *, budget: Budget, tenant: str = "default", provider: Provider | None = None
    ) -> AsyncIterator[Self]:
        """Open the ledger in the SQLite file `db`. The budget is `name`'s: opened again, it has what was left.

        Tokens, dollars and calls are limits to the full; `seconds` and the alert concern runs only. The settings say
        which model answers, unless a `provider` is given.

        Raises:
            StorageError: The file cannot be used.
            ModelRefused: No endpoint is configured.

        Example:
            >>> async with BudgetedModel.open("calls.db", "triage", budget=Budget(usd=0.10)) as model:
            ...     pass
            Traceback (most recent call last):
            ModelRefused: no model: set SUREFOOT_MODEL_LARGE, and OPENAI_API_KEY or OPENAI_BASE_URL
        """
        settings, clock = Settings(db=Path(db)), SystemClock()
        if provider is None and not endpoints_of(settings):
            raise ModelRefused("no model: set SUREFOOT_MODEL_LARGE, and OPENAI_API_KEY or OPENAI_BASE_URL")
        header = _header(name, tenant, budget, clock)
        async with (
            nullcontext(provider) if provider else answering(settings, clock) as answers,
            Store.open(settings.db, clock=clock, busy_seconds=settings.busy_seconds) as store,
        ):
            yield cls(gateway_of(answers, store.ledger, Instructed(""), clock, settings), header)

    async def ask(
        self, instructions: str, given: BaseModel | Json | str, answer: type[M], *, tier: Tier = "large"
    ) -> M:
        """An `answer` to what is `given`, under the `instructions`.

        Raises:
            BudgetRefused: The call could pass the budget; nothing was asked.
            InvalidAnswer: Two answers in a row broke the schema.
            ModelUnavailable: The endpoint is down, and its retries are used up.
            ModelRefused: The endpoint is set up wrongly; the message names the setting.
        """
        call = ModelCall(header=self.header, role=ROLES[tier], state="alone")
        brief = given if isinstance(given, BaseModel) else Given(given)
        told = replace(self.gateway, domains=Instructed(instructions))
        return await told.structured(call, brief, answer)

    async def spent(self) -> Spend:
        """Tokens, micro-dollars, calls and seconds so far, those of earlier processes included."""
        return await self.gateway.ledger.spent(by_run(self.header))


@dataclass(frozen=True)
class Instructed:
    """The `Domains` port over one system prompt and nothing else."""

    instructions: str

    def get(self, name: str) -> Domain:
        """A domain that has no more than its prompt."""
        prompt = Prompt(self.instructions)
        return Domain(
            name=name, purpose="", request=Given, outcome=Given, tools=(), workers=(), policy=Policy(gates={}),
            prompts=dict.fromkeys(ROLES.values(), prompt), rules={},
        )  # fmt: skip

    def version(self, name: str) -> str:  # noqa: ARG002 nothing is promised but the prompt, which has its own
        """None."""
        return "none"


def _header(name: str, tenant: str, budget: Budget, clock: Clock) -> Header:
    return Header(
        run_id=RunId(f"model:{name}"),
        thread_id=ThreadId(f"model:{name}"),
        tenant=tenant,
        domain="alone",
        domain_version="none",
        budget=budget.model_copy(update={"alert_at": 1.0}),
        started_at=clock.now(),
    )


@asynccontextmanager
async def checkpointer(db: str | Path, *classes: type) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """A LangGraph checkpointer for any graph: SQLite, every write durable, many graphs and processes on one file.

    With `durability="sync"` not even `kill -9` loses a finished step. `classes` are those that your state holds, other
    than LangChain's: a checkpoint is rebuilt into nothing else, and what is not listed comes back as plain data.

    Raises:
        StorageError: The file cannot be used.

    Example:
        >>> from langgraph.graph import MessagesState, StateGraph
        >>> greeting = StateGraph(MessagesState)
        >>> _ = greeting.add_node("greet", lambda state: {"messages": [("ai", "Hello!")]}).set_entry_point("greet")
        >>> ada = {"configurable": {"thread_id": "ada"}}
        >>> async with checkpointer("threads.db") as saver:
        ...     said = await greeting.compile(checkpointer=saver).ainvoke({"messages": []}, ada, durability="sync")
        >>> async with checkpointer("threads.db") as saver:
        ...     (await greeting.compile(checkpointer=saver).aget_state(ada)).values["messages"][-1].content
        'Hello!'
    """
    async with Store.open(db, clock=SystemClock()) as store:
        yield store.saver.with_allowlist([(each.__module__, each.__name__) for each in classes])
