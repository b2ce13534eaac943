"""Real time, behind the `Clock` port."""

import asyncio
import random
import time

from graph.values import Micros


class SystemClock:
    """The machine's clock."""

    def now(self) -> Micros:
        """Microseconds since the epoch, UTC."""
        return Micros(time.time_ns() // 1_000)

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the event loop."""
        await asyncio.sleep(seconds)

    def jitter(self) -> float:
        """A number in [0, 1)."""
        return random.random()  # noqa: S311 spreads retries; nothing secret hangs on it
