"""A domain as small as can be, whose backend is a file: one line an effect, so that a test can count them."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, Field

from graph.briefs import PlanningBrief, ReviewBrief, ReviewVerdict, SimplifyBrief, Summary, SummaryBrief
from graph.contract import Budget, Plan, Task, TaskResult, outputs_of
from graph.domain import Decision, Domain, EffectIdentity, Policy, Tool, WorkContext, Worker, deliver_worker
from graph.errors import ToolFailed
from graph.toolcall import EffectDone, ToolCall, ToolError
from graph.values import Json, TaskId


class Request(BaseModel):
    """What is asked: to greet somebody, at some price."""

    name: str = Field(min_length=1, max_length=80)
    price: int = Field(default=1, ge=0)
    words: int = 1


class Conclusion(BaseModel):
    """What came of it."""

    greeted: str | None = None


class LookUp(BaseModel):
    """Whom to look up."""

    name: str


class Person(BaseModel):
    """Somebody in the backend's book."""

    name: str
    title: str


class Draft(BaseModel):
    """What to say."""

    text: str


class DraftInput(BaseModel):
    """Whom to write to."""

    person: Person


class Greeting(BaseModel):
    """A greeting that leaves the house."""

    name: str
    text: str
    price: int


class Receipt(BaseModel):
    """The backend's word that it happened."""

    name: str
    number: int


class Backend:
    """A book of people and a log of effects, in one folder; misbehaves while a file of that name is there."""

    def __init__(self, folder: Path, *, honours_keys: bool = True) -> None:
        self.folder = folder
        self.honours_keys = honours_keys
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "effects.jsonl"

    def effects(self) -> list[Json]:
        """Every effect that happened, in order."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def break_down(self, what: str) -> None:
        """Misbehave: `down`, `refuses`, `crashes`, `breaks_after`."""
        (self.folder / what).touch()

    def mend(self, what: str) -> None:
        """Behave again."""
        (self.folder / what).unlink(missing_ok=True)

    def look_up(self, given: LookUp) -> Person:
        """Find a person."""
        self._misbehave()
        return Person(name=given.name, title="Dr")

    def greet(self, given: Greeting, key: str) -> Receipt:
        """Greet, once a key where keys are honoured."""
        self._misbehave()
        done = self.effects()
        known = [effect for effect in done if effect["key"] == key]
        if known and self.honours_keys:
            return Receipt(name=known[0]["name"], number=known[0]["number"])
        effect = {"key": key, "name": given.name, "text": given.text, "price": given.price, "number": len(done) + 1}
        with self.log.open("a") as log:
            log.write(json.dumps(effect) + "\n")
        if self._is("breaks_after"):
            raise ConnectionError("the line broke after the greeting")
        return Receipt(name=given.name, number=effect["number"])

    def _is(self, what: str) -> bool:
        return (self.folder / what).exists()

    def _misbehave(self) -> None:
        if self._is("down"):
            raise ConnectionError("the backend is down")
        if self._is("crashes"):
            raise RuntimeError("a defect in the backend's client")
        if self._is("refuses"):
            raise ToolFailed(ToolError(code="conflict", message="the backend refuses"))


def toy(folder: Path, *, honours_keys: bool = True, **changes: object) -> Domain:
    """The domain over a backend in `folder`; `changes` replace fields of its policy."""
    backend = Backend(folder, honours_keys=honours_keys)
    look_up = Tool("look_up", "Find a person.", LookUp, Person, backend.look_up, timeout_seconds=2, attempts=1)
    greet = Tool(
        "greet", "Greet a person.", Greeting, Receipt, backend.greet,
        effect="irreversible", stakes="customer", identity=EffectIdentity(("name",)), honours_keys=honours_keys,
        timeout_seconds=2, attempts=1,
    )  # fmt: skip
    fields: dict[str, object] = {
        "gates": {("read", "none"): "free", ("irreversible", "customer"): "reviewed"},
        "judge": judge,
        "retry_base_seconds": 0.001,
        **changes,
    }
    return Domain(
        name="toy",
        purpose="Greets people.",
        request=Request,
        outcome=Conclusion,
        tools=(look_up, greet),
        workers=(
            Worker("find", "Looks a person up.", LookUp, Person, find, tools=("look_up",)),
            Worker("draft", "Drafts a greeting.", DraftInput, Draft, draft, estimated_tokens=100),
            deliver_worker(greet),
        ),
        policy=Policy(**fields),  # type: ignore[arg-type]
        prompts={"plan": "Plan a greeting."},
        rules={"plan": plan, "work:draft": write, "review": review, "summarize": summarize},
        validators=(known,),
        conclude=conclude,
        simplify=simplify,
        budget=Budget(tokens=100_000),
    )


async def find(given: LookUp, context: WorkContext) -> Person:
    """Look a person up."""
    await asyncio.sleep(0)
    return Person.model_validate(await context.value("look_up", given))


async def draft(given: DraftInput, context: WorkContext) -> Draft:
    """Write a greeting by one model call."""
    return await context.model("work", given, Draft)


async def known(request: Request, context: WorkContext) -> list[str]:
    """Nobody greets a stranger; the book is asked, so that a backend that is down shows."""
    await context.value("look_up", LookUp(name=request.name))
    return ["name: is a stranger; give a name from the book"] if request.name == "Stranger" else []


def plan(brief: PlanningBrief) -> Plan:
    """Find, draft, greet; without the greeting where a person declined it."""
    request = Request.model_validate(brief.request)
    declined = any(answered.answer.option == "decline" for answered in brief.answers)
    done = any(effect.tool == "greet" for effect in brief.effects)
    find_task = Task(id=TaskId("find"), worker="find", input={"name": request.name})
    draft_task = Task(id=TaskId("draft"), worker="draft", input={"person": {"$ref": "find"}})
    args = {"name": {"$ref": "find.name"}, "text": {"$ref": "draft.text"}, "price": request.price}
    greet_task = Task(id=TaskId("greet"), stage="deliver", worker="greet", input=args)
    tasks = (find_task,) if declined or done else (find_task, draft_task, greet_task)
    return Plan(tasks=tasks, summary=f"greet {request.name}")


def write(brief: DraftInput) -> Draft:
    """The greeting."""
    return Draft(text=f"Hello, {brief.person.title} {brief.person.name}!")


def review(brief: ReviewBrief) -> ReviewVerdict:
    """All is well."""
    return ReviewVerdict(verdict="pass", reason="")


def summarize(brief: SummaryBrief) -> Summary:
    """A count."""
    return Summary(text=f"{len(brief.messages)} messages")


def judge(call: ToolCall, results: Mapping[str, TaskResult]) -> Decision:
    """Up to 100 goes by itself, up to 1000 by a person; the text must be a draft of ours."""
    texts = [output["text"] for output in outputs_of(results, "draft")]
    if call.args["text"] not in texts and call.args["text"] != "Hello.":
        return Decision("deny", "the text is no draft of ours")
    if call.args["price"] > 1000:
        return Decision("deny", "a greeting above 1000 is never allowed")
    if call.args["price"] > 100:
        return Decision("ask", "The greeting costs more than 100.")
    return Decision("allow", "within limits")


def conclude(results: Mapping[str, TaskResult], effects: tuple[EffectDone, ...]) -> Json:
    """Who was greeted."""
    return {"greeted": effects[0].args["name"] if effects else None}


def simplify(brief: SimplifyBrief) -> Plan:
    """Just hello."""
    args = {"name": brief.request["name"], "text": "Hello.", "price": 0}
    return Plan(tasks=(Task(id=TaskId("greet"), stage="deliver", worker="greet", input=args),), summary="just hello")
