"""A domain's workers as a planner sees them, whoever asks for a plan: PLANNING, an estimate, the doctor."""

from graph.briefs import WorkerCard
from graph.domain import Domain, Worker
from graph.schemas import schema_of


def catalog_of(domain: Domain, withdrawn: frozenset[str] = frozenset()) -> tuple[WorkerCard, ...]:
    """The workers that can work without the withdrawn tools, each without those."""
    return tuple(_card(worker, withdrawn) for worker in domain.workers if not worker.lacks(withdrawn))


def _card(worker: Worker, withdrawn: frozenset[str]) -> WorkerCard:
    return WorkerCard(
        name=worker.name,
        purpose=worker.purpose,
        stage=worker.stage,
        tools=tuple(name for name in worker.tools if name not in withdrawn),
        input_schema=schema_of(worker.input),
        output_schema=schema_of(worker.output),
    )
