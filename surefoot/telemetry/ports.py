"""The ports as LangSmith sees them: a call of a model or a tool is a run beneath its state's. See docs/tracing.md."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from langsmith import get_current_run_tree, trace
from langsmith.run_trees import RunTree
from pydantic import BaseModel

from graph.budget import MICROS_PER_USD
from graph.charges import Grant, Limits, Reservation, Usage
from graph.contract import Header, Spend
from graph.domain import Domain
from graph.ports import CallContext, Deps, Ledger, ModelCall, Models, RunRef, Tools, by_run
from graph.prose import Says
from graph.toolcall import ToolCall, ToolResult
from graph.values import Micros
from surefoot.telemetry.steps import TracedDomains, about

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class TracedModels:
    """`Models`: a run of type `llm` a structured call; `TracedLedger` adds what its completions cost."""

    inner: Models

    def window(self, header: Header) -> int:
        """As the inner port says."""
        return self.inner.window(header)

    async def structured(self, call: ModelCall, brief: BaseModel, answer: type[M], says: Says | None = None) -> M:
        """As the inner port does."""
        metadata = about(
            by_run(call.header),
            domain=call.header.domain,
            state=call.state,
            role=call.role,
            task_id=call.task_id,
            worker=call.worker,
            task_attempt=call.attempt,
        )
        given = {"brief": brief.model_dump(mode="json"), "answer": answer.__name__}
        with trace(f"model {call.role}", "llm", inputs=given, metadata=metadata) as run:
            found = await self.inner.structured(call, brief, answer, says)
            run.end(outputs=found.model_dump(mode="json"))
            return found


@dataclass(frozen=True)
class TracedLedger:
    """`Ledger`: what is settled during a traced model call is written on its run."""

    inner: Ledger

    async def reserve(self, run: RunRef, limits: Limits, reservation: Reservation) -> Grant:
        """As the inner port does."""
        return await self.inner.reserve(run, limits, reservation)

    async def settle(self, run: RunRef, reservation_id: str, usage: Usage) -> None:
        """As the inner port does; a repaired answer's two completions are summed."""
        await self.inner.settle(run, reservation_id, usage)
        if (model_run := get_current_run_tree()) is not None and model_run.run_type == "llm":
            _charge(model_run, usage)

    async def spent(self, run: RunRef) -> Spend:
        """As the inner port does."""
        return await self.inner.spent(run)

    async def reported(self, endpoint: str, model: str, most: int) -> tuple[float, ...]:
        """As the inner port says."""
        return await self.inner.reported(endpoint, model, most)

    async def spent_by_role(self, run: RunRef) -> dict[str, Spend]:
        """As the inner port does."""
        return await self.inner.spent_by_role(run)


@dataclass(frozen=True)
class TracedTools:
    """`Tools`: a run of type `tool` a hardened call; one without a value ends as an error, named by its code."""

    inner: Tools

    def withdrawn(self, domain: Domain) -> Mapping[str, Micros]:
        """As the inner port says."""
        return self.inner.withdrawn(domain)

    async def call(self, domain: Domain, call: ToolCall, context: CallContext) -> ToolResult:
        """As the inner port does."""
        metadata = about(
            by_run(context.header),
            domain=context.header.domain,
            tool=call.tool,
            task_id=context.task.id,
            task_attempt=context.attempt,
        )
        with trace(call.tool, "tool", inputs=call.args, metadata=metadata) as run:
            result = await self.inner.call(domain, call, context)
            _tell(run, result)
            return result


def traced(deps: Deps) -> Deps:
    """The ports that nodes use, traced; records and ledger are wrapped before, since gateway and tools use them too."""
    return replace(
        deps,
        domains=TracedDomains(deps.domains),
        models=TracedModels(deps.models),
        tools=TracedTools(deps.tools),
    )


def _charge(run: RunTree, usage: Usage) -> None:
    """Write what the call cost so far on its run."""
    before = run.metadata.get("usage_metadata", {})
    prompt = before.get("input_tokens", 0) + usage.prompt_tokens
    completion = before.get("output_tokens", 0) + usage.completion_tokens
    cached = before.get("input_token_details", {}).get("cache_read", 0) + usage.cached_tokens
    asked = {} if usage.repair else {"tier": usage.tier, "ls_model_name": usage.model}  # a repair may be another's
    run.set(
        metadata={
            **asked,
            "prompt_version": usage.prompt_version,
            "ls_provider": "surefoot",
            "completions": run.metadata.get("completions", 0) + 1,
            "outcome": usage.outcome,
        },
        usage_metadata={
            "input_tokens": prompt,
            "output_tokens": completion,
            "total_tokens": prompt + completion,
            "input_token_details": {"cache_read": cached},
            "total_cost": before.get("total_cost", 0.0) + usage.usd_micros / MICROS_PER_USD,
        },
    )


def _tell(run: RunTree, result: ToolResult) -> None:
    """A call that waits for a person, or for the world, is no failure."""
    error = result.error
    run.add_metadata({"ok": result.ok, "code": error.code if error else None, "pending": result.pending is not None})
    failed = error is not None and error.code != "needs_approval"
    run.end(
        outputs=result.model_dump(mode="json", exclude_none=True),
        error=f"{error.code}: {error.message}" if error and failed else None,
    )
