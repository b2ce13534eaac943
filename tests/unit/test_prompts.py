"""What models are told: small, fixed where it can be, versioned, and never drifting from the contracts."""

import os
from collections.abc import Iterator
from typing import Final

import pytest

from graph.briefs import PlanningBrief
from graph.budget import estimate_tokens
from graph.contract import Plan, TaskResult
from graph.cut import cut
from graph.domain import Domain, Tool
from graph.plans import Ground, accepted
from graph.prompt import Prompt
from graph.toolloop import LoopBrief, Seen
from graph.workercards import catalog_of
from house import ROOT
from surefoot.domains import support
from surefoot.domains.support.cases import load_cases
from surefoot.domains.support.prompts import PROMPTS as SUPPORT
from surefoot.models.prompts.render import DEFAULTS, fixed, prompt_of, render, version, with_repair
from surefoot.models.prompts.shapes import shape_of
from surefoot.scaffold.lending.prompts import PROMPTS as LENDING

SNAPSHOTS: Final = ROOT / "tests" / "snapshots" / "prompts"
FIXED_TOKENS: Final = 700
PLANNING_TOKENS: Final = 2_500


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Domain:
    """The support domain."""
    return support.domain(tmp_path_factory.mktemp("shop"))


def every_prompt() -> Iterator[tuple[str, Prompt]]:
    """Ours, and those of both domains that come with us."""
    yield from ((f"default.{role}", prompt) for role, prompt in DEFAULTS.items())
    yield from ((f"support.{key}", prompt) for key, prompt in SUPPORT.items())
    yield from ((f"lending.{key}", prompt) for key, prompt in LENDING.items())


PROMPTS: Final = tuple(every_prompt())


def as_text(prompt: Prompt) -> str:
    """A prompt as its snapshot holds it."""
    turns = "\n".join(f"--- {role}\n{text.rstrip()}" for role, text in fixed(prompt))
    return f"version {prompt.version}\n{turns}\n"


@pytest.mark.parametrize(("name", "prompt"), PROMPTS, ids=[name for name, _ in PROMPTS])
def test_words_change_only_with_their_version(name: str, prompt: Prompt) -> None:
    """A prompt is what its snapshot says. Other words need a higher version, then `make snapshots`."""
    path = SNAPSHOTS / f"{name.replace(':', '.')}.txt"
    text, known = as_text(prompt), path.read_text(encoding="utf-8") if path.exists() else ""
    if known != text and os.environ.get("WRITE_SNAPSHOTS"):
        assert not known or int(known.split()[1]) < prompt.version, f"{name}: raise the version with the words"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    assert known == text


def test_every_snapshot_is_of_a_prompt() -> None:
    """What is no longer said leaves no file behind."""
    assert {path.name for path in SNAPSHOTS.iterdir()} == {
        f"{name.replace(':', '.')}.txt" for name, _ in every_prompt()
    }


@pytest.mark.parametrize(("name", "prompt"), PROMPTS, ids=[name for name, _ in PROMPTS])
def test_the_fixed_part_is_small(name: str, prompt: Prompt) -> None:
    """System text and examples stay under 700 tokens by the estimate that the budget uses, which is a high one."""
    assert estimate_tokens(text for _, text in fixed(prompt)) < FIXED_TOKENS, name


def planning(shop: Domain, request: dict[str, object]) -> PlanningBrief:
    """What the first plan of a ticket is made from."""
    return PlanningBrief(request=request, plan_number=1, workers=catalog_of(shop))


def test_a_tickets_planning_prompt_is_small(shop: Domain) -> None:
    """The whole prompt, the catalog of thirteen workers included, stays under 2,500 tokens, but for long threads."""
    prompt = shop.prompts["plan"]
    sizes = {
        case.id: estimate_tokens(text for _, text in render(prompt, planning(shop, dict(case.request))))
        for case in load_cases()
    }
    long = {name for name, size in sizes.items() if size >= PLANNING_TOKENS}
    assert all(name.startswith("thread_") for name in long), sizes
    assert len(long) <= 4, long


def test_what_comes_first_is_the_same_for_every_ticket(shop: Domain) -> None:
    """Two tickets differ in the last message alone, so that an endpoint can cache all before it."""
    prompt = shop.prompts["plan"]
    one, other = (render(prompt, planning(shop, {"message": text})) for text in ("Where is it?", "Cancel SF-10002"))
    assert one[:-1] == other[:-1]
    assert one[-1] != other[-1]


def loop(*seen: Seen) -> LoopBrief:
    """What a model worker's next step is made from."""
    return LoopBrief(input={"message": "Where?"}, tools=(), output_schema={}, seen=seen, steps_left=6)


def test_a_step_extends_the_conversation_of_the_last(shop: Domain) -> None:
    """A model worker's own steps are its own turns: each call begins with all of the call before."""
    prompt = shop.prompts["work:investigate"]
    found = Seen(tool="find_customer", args={"email": "a@b.example"}, value={"id": "C-1"})
    first, second = render(prompt, loop()), render(prompt, loop(found))
    assert second[: len(first)] == first
    assert second[len(first) :] == (
        ("assistant", '{"tool":"find_customer","args":{"email":"a@b.example"}}'),
        ("user", '{"id":"C-1"}'),
    )


def test_a_giant_answer_of_a_tool_is_cut_for_the_model() -> None:
    """A megabyte from a backend does not fill the window, and the model is told that there was more."""
    shown = cut({"text": "x" * 1_000_000}, Tool.shown_bytes)
    messages = render(DEFAULTS["work"], loop(Seen(tool="get", args={}, value=shown)))
    assert len(messages[-1][1]) <= Tool.shown_bytes
    assert "shortened from 1,000,011 bytes" in messages[-1][1]


def test_the_last_steps_are_announced() -> None:
    """A model worker is told when it must come to an end."""
    ending = loop().model_copy(update={"steps_left": 1})
    assert "1 steps left" in render(DEFAULTS["work"], ending)[-1][1]
    assert "left" not in render(DEFAULTS["work"], loop())[-1][1]


def test_a_worker_has_its_own_prompt(shop: Domain) -> None:
    """`work:<worker>` comes before the domain's `work`, and that before ours."""
    assert prompt_of(shop, "work", "draft_reply") is shop.prompts["work:draft_reply"]
    assert prompt_of(shop, "work", "quote") is DEFAULTS["work"]


def test_a_version_follows_words_schema_and_catalog(shop: Domain) -> None:
    """The ledger's word for a prompt: its own number, and a hash of all that a model was told beside the job."""
    brief = planning(shop, {"message": "Where?"})
    base = version(shop.prompts["plan"], brief, {})
    assert base.startswith(f"{shop.prompts['plan'].version}.")
    assert base == version(shop.prompts["plan"], planning(shop, {"message": "Cancel"}), {})
    fewer = brief.model_copy(update={"workers": brief.workers[1:]})
    others = {version(shop.prompts["plan"], brief, {"x": 1}), version(Prompt("Plan."), brief, {}),
              version(shop.prompts["plan"], fewer, {})}  # fmt: skip
    assert base not in others
    assert len(others) == 3


def test_the_example_plan_is_a_plan_that_would_be_taken(shop: Domain) -> None:
    """An example that the plan check refuses would teach a model to fail."""
    (example,) = shop.prompts["plan"].examples
    no_results: dict[str, TaskResult] = {}
    assert isinstance(example.answer, Plan)
    assert accepted(example.answer, 1, Ground(shop, no_results, (), None, withdrawn=frozenset())).tasks


def test_a_repair_shows_the_model_its_own_answer() -> None:
    """The conversation goes on; it does not start anew."""
    begun = render(DEFAULTS["classify"], loop())
    mended = with_repair(begun, "", "tool: is missing")
    assert mended[: len(begun)] == begun
    assert mended[len(begun)] == ("assistant", "(no answer)")
    assert "tool: is missing" in mended[-1][1]


def test_no_prompt_stands_in_a_node() -> None:
    """Nodes hand over structured input; words to models have rooms of their own."""
    for path in sorted((ROOT / "nodes").glob("*.py")):
        assert "system" not in path.read_text(encoding="utf-8").casefold(), path.name


def test_a_plans_shape_names_the_workers(shop: Domain) -> None:
    """A worker that does not exist cannot be said, nor the plan's number."""
    shape = shape_of(Plan, planning(shop, {}))
    assert shape["$defs"]["Task"]["properties"]["worker"]["enum"] == [worker.name for worker in shop.workers]
    assert "number" not in shape["properties"]
