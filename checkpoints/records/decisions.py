"""Answers to escalations: the first one counts."""

from dataclasses import dataclass

from checkpoints.writer import Writer
from graph.escalation import Answer
from graph.values import Micros

_DECIDE = "UPDATE escalations SET status = 'decided', answer = ?, decided_at = ? WHERE id = ? AND status = 'open'"


@dataclass(frozen=True)
class StoredDecisions:
    """The `Decisions` port. Anybody may decide, so no fence is asked."""

    writer: Writer

    async def decide(self, answer: Answer, at: Micros) -> bool:
        """Whether the answer was accepted: the card was there and open."""
        given = (answer.model_dump_json(), at, answer.escalation_id)
        return await self.writer.submit(lambda connection: connection.execute(_DECIDE, given).rowcount == 1)
