"""What a UI does with the server: threads, runs, cards, through LangGraph's own client."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from langgraph_sdk.client import LangGraphClient

from acceptance.command import CASES, Command
from acceptance.served import Server
from surefoot.domains.support.cases import Case, redraw
from surefoot.domains.support.shop.rehearsal import letters

APPROVE: Final = {"decisions": [{"type": "approve"}]}
"""The answer of agent-chat-ui."""


@dataclass(frozen=True)
class Studio:
    """A client of a server that is up, and the folder that it keeps its database in."""

    client: LangGraphClient
    server: Server
    folder: Path

    @property
    def command(self) -> Command:
        """The command line over the server's database."""
        return Command(self.folder)

    def letters(self, case: Case) -> list[str]:
        """What the customer of a ticket was sent."""
        return letters(self.command.shop, str(case.request["customer_email"]))

    async def thread(self, thread_id: str | None = None) -> str:
        """A thread's id, made known to the server."""
        made = await self.client.threads.create(thread_id=thread_id, graph_id="surefoot", if_exists="do_nothing")
        return made["thread_id"]

    async def run(self, thread_id: str, *, assistant: str = "surefoot", **given: Any) -> Any:
        """One run to its end, or to its interrupt; errors come back as data."""
        return await self.client.runs.wait(thread_id, assistant, raise_error=False, **given)

    async def say(self, thread_id: str, text: str, **given: Any) -> Any:
        """One run of a chat."""
        return await self.run(thread_id, input={"messages": [{"role": "user", "content": text}]}, **given)

    async def answer(self, thread_id: str, answer: object) -> Any:
        """Go on with a person's answer."""
        return await self.run(thread_id, command={"resume": answer})

    async def ticket(self, thread_id: str, name: str, seed: int = 1) -> Case:
        """A bundled ticket on a thread, with the customer and order of a seed: an order is refunded once."""
        case = redraw(CASES[name], seed)
        await self.run(thread_id, input={"request": case.request}, context={"domain": "support"})
        return case

    async def settled(self, thread_id: str) -> dict[str, Any]:
        """The thread's values, nothing being left to do."""
        state = await self.client.threads.get_state(thread_id)
        assert state["next"] == [], state["tasks"]
        assert isinstance(state["values"], dict)
        return state["values"]

    async def interrupts(self, thread_id: str) -> list[Any]:
        """What the thread waits for."""
        return list((await self.client.threads.get_state(thread_id))["interrupts"])
