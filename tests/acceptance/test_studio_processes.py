"""A server that dies, and a server beside another process on one database."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from langgraph_sdk import get_client

from acceptance import slowly
from acceptance.command import Command
from acceptance.served import served
from acceptance.studiokit import APPROVE, Studio

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SLOWLY: Final = "slowly:domain"


@asynccontextmanager
async def studio_in(folder: Path) -> AsyncIterator[Studio]:
    """A server of its own, which may be killed; the domain `slowly` is there."""
    shutil.copy(str(slowly.__file__), folder / "slowly.py")
    with served(folder) as server:
        async with get_client(url=server.url) as client:
            yield Studio(client, server, folder)


def job(go: str) -> dict[str, Any]:
    """A run that waits for that file."""
    return {"input": {"request": {"go": go}}, "context": {"domain": SLOWLY}}


def lines(folder: Path, name: str) -> list[str]:
    """What the domain `slowly` wrote down."""
    file = folder / "surefoot-data" / "slowly.domain" / name
    return file.read_text().splitlines() if file.exists() else []


def let_go(folder: Path, name: str) -> None:
    """What the domain waits for."""
    (folder / "surefoot-data" / "slowly.domain" / name).touch()


async def begun(folder: Path, name: str, times: int = 1) -> None:
    """Until the work has begun that often."""
    async with asyncio.timeout(30):
        while lines(folder, "begun").count(name) < times:  # noqa: ASYNC110 another process writes it
            await asyncio.sleep(0.05)


async def test_a_thread_survives_the_server(tmp_path: Path) -> None:
    """After `kill -9` of the server, a new one has the thread's card, and approving it completes the run, once.

    The server's own list of threads is up to ten seconds behind, so the thread's id is made known to it again.
    """
    async with studio_in(tmp_path) as first:
        thread_id = await first.thread()
        case = await first.ticket(thread_id, "large_refund")
        before = await first.interrupts(thread_id)
        first.server.kill()
    async with studio_in(tmp_path) as second:
        await second.thread(thread_id)
        assert await second.interrupts(thread_id) == before != []
        await second.answer(thread_id, APPROVE)
        assert (await second.settled(thread_id))["status"] == "complete"
        assert len(second.letters(case)) == 1


async def test_a_run_survives_the_server(tmp_path: Path) -> None:
    """A run at work when the server is killed goes on in the next, with an input of `None`: what was finished stays.

    A new job on the thread is refused until then.
    """
    async with studio_in(tmp_path) as first:
        thread_id = await first.thread()
        await first.client.runs.create(thread_id, "surefoot", **job("now"))
        await begun(tmp_path, "now")
        first.server.kill()
    async with studio_in(tmp_path) as second:
        await second.thread(thread_id)
        refused = await second.run(thread_id, **job("other"))
        assert refused["__error__"]["error"] == "ThreadBusy"
        let_go(tmp_path, "now")
        await second.run(thread_id, input=None)
        values = await second.settled(thread_id)
        assert (values["status"], values["outcome"]["data"]) == ("complete", {"times": 1})
        assert [step["target"] for step in values["transitions"]].count("planning") == 1
    assert len(lines(tmp_path, "said")) == 1


@asynccontextmanager
async def driving(folder: Path, *words: str) -> AsyncIterator["subprocess.Popen[str]"]:
    """The command line at work; killed where the test fails."""
    with Command(folder).start(*words, "--json") as process:
        try:
            yield process
        finally:
            process.kill()


async def completed(process: "subprocess.Popen[str]") -> None:
    """The command line ends, and says that the run is complete."""
    out, err = await asyncio.to_thread(process.communicate, timeout=60)
    assert json.loads(out)["status"] == "complete", err


async def test_a_lease_is_respected(tmp_path: Path) -> None:
    """While the command line drives a thread's run, the server starts none there and writes nothing; then it may."""
    (tmp_path / "job.json").write_text(json.dumps({"go": "now"}))
    async with studio_in(tmp_path) as studio:
        thread_id = await studio.thread()
        async with driving(tmp_path, "run", SLOWLY, "job.json", "--thread", thread_id) as driver:
            await begun(tmp_path, "now")
            before = await studio.client.threads.get_state(thread_id)
            refused = await studio.run(thread_id, **job("other"))
            assert refused["__error__"]["error"] in {"ThreadBusy", "Fenced"}
            joined = await studio.run(thread_id, input=None)
            assert joined["__error__"]["error"] == "Fenced"
            assert await studio.client.threads.get_state(thread_id) == before
            let_go(tmp_path, "now")
            await completed(driver)
        let_go(tmp_path, "other")
        await studio.run(thread_id, **job("other"))
        assert (await studio.settled(thread_id))["status"] == "complete"
    assert [line.split()[0] for line in lines(tmp_path, "said")] == ["now", "other"]


async def test_a_run_is_taken_over(tmp_path: Path) -> None:
    """A resume from the command line takes a run over from the server, which then writes nothing more; one effect."""
    async with studio_in(tmp_path) as studio:
        thread_id = await studio.thread()
        ours = asyncio.create_task(studio.run(thread_id, **job("now")))
        await begun(tmp_path, "now")
        state: Any = await studio.client.threads.get_state(thread_id)
        async with driving(tmp_path, "resume", state["values"]["header"]["run_id"]) as driver:
            await begun(tmp_path, "now", times=2)
            let_go(tmp_path, "now")
            await completed(driver)
        assert (await ours).get("__error__", {}).get("error") in {None, "Fenced"}
        assert (await studio.settled(thread_id))["status"] == "complete"
    assert len(lines(tmp_path, "said")) == 1
