"""One run in a process of its own, which says how long the run took and when the interpreter began to end."""

import asyncio
import json
import sys
import time
from pathlib import Path

from surefoot import Surefoot


async def main(folder: Path) -> None:
    """Greet Ada, and print what the parent measures by."""
    async with Surefoot.open(folder / "surefoot.db", domain="toydomain:toy") as agent:
        begun = time.monotonic()
        run = await agent.run({"name": "Ada"})
        took = time.monotonic() - begun
    sys.stdout.write(json.dumps({"status": run.status, "took": took, "over": time.time()}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
