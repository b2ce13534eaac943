"""A model that answers nothing until it is let go, so that a test finds a run in the middle of its work."""

import asyncio
from threading import Event

from surefoot.models.offline import Offline
from surefoot.models.provider import Ask, Completion


class StuckModel(Offline):
    """The domain's rules, once it is let go."""

    name = "a model that hangs"

    def __init__(self) -> None:
        self.asked = Event()
        """Set once the first call hangs."""
        self.free = False

    async def complete(self, ask: Ask) -> Completion:
        """The rule's answer, or none for ever."""
        if not self.free:
            self.asked.set()
            await asyncio.Event().wait()
        return await super().complete(ask)
