"""The last stage: each call is a row, and no row costs a sync that something else could carry."""

from contextlib import suppress

from graph.errors import StorageError
from graph.ports import Clock, Records, by_run
from graph.rows import Record, ToolCalled
from graph.tokens import MICROS
from graph.toolcall import ToolResult
from graph.values import Json
from tools.passage import Passage


class Recorder:
    """Writes a call's row: a read's with the run's next write, an effect's before its caller hears of it."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    def with_receipt(self, passage: Passage, value: Json) -> None:
        """The row of an effect that was made; the journal's receipt, which is written next, takes it along."""
        rows = self._rows(passage, ToolResult(ok=True, value=value))
        # It has happened, so nothing may keep its receipt from being written; `written` meets the same trouble later.
        with suppress(StorageError):
            self._records.queue(by_run(passage.context.header), *rows)
            passage.told = True

    async def written(self, passage: Passage, result: ToolResult) -> None:
        """A read that is lost with the process is made again, so its row may wait. Raises `Fenced`."""
        if passage.told and result.ok:
            return
        run, rows = by_run(passage.context.header), self._rows(passage, result)
        tool = passage.domain.tool(passage.call.tool)
        if tool is not None and tool.effect == "read" and result.pending is None and len(rows) == 1:
            self._records.queue(run, *rows)
        else:
            await self._records.append(run, *rows)

    def _rows(self, passage: Passage, result: ToolResult) -> list[Record]:
        row = self._row(passage, result)
        return [row] if passage.turned is None else [row, passage.turned]

    def _row(self, passage: Passage, result: ToolResult) -> ToolCalled:
        context, now = passage.context, self._clock.now()
        name = f"{context.header.run_id}/{context.task.id}/{context.attempt}/{passage.digest}/{passage.number}"
        return ToolCalled(
            id=name if result.ok or not passage.told else f"{name}/receipt",
            task_id=context.task.id,
            attempt=context.attempt,
            call=passage.call,
            result=result,
            tries=passage.tries,
            seconds=(now - passage.started) / MICROS,
            waited=passage.waited,
            at=now,
        )
