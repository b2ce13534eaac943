"""A domain as small as can be, over a backend that is a folder: one line an effect, so that a test can count them."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from pydantic import BaseModel, Field

from graph.briefs import PlanningBrief, ReviewBrief, ReviewVerdict, SimplifyBrief, Summary, SummaryBrief
from graph.contract import Budget, Plan, Task, TaskResult, outputs_of
from graph.domain import Basis, Decision, Domain, EffectIdentity, Policy, Tool, WorkContext, Worker, deliver_worker
from graph.errors import NeedsHuman
from graph.prompt import Prompt
from graph.toolcall import EffectDone, ToolCall
from graph.values import Json, TaskId
from graph.workbench import Workbench
from toybackend import Backend, Greeting, LookUp, Person, Receipt


class Request(BaseModel):
    """What is asked: to greet somebody, at some price."""

    name: str = Field(min_length=1, max_length=80)
    price: int = Field(default=1, ge=0)
    words: int = 1


class Conclusion(BaseModel):
    """What came of it."""

    greeted: str | None = None


class Draft(BaseModel):
    """What to say."""

    text: str


class DraftInput(BaseModel):
    """Whom to write to."""

    person: Person


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
        workers=(*workers_of(backend), deliver_worker(greet)),
        policy=Policy(**fields),  # type: ignore[arg-type]
        prompts={"plan": Prompt("Plan a greeting.")},
        rules={"plan": plan, "work:draft": write, "review": review, "summarize": summarize},
        validators=(known,),
        conclude=conclude,
        simplify=simplify,
        budget=Budget(tokens=100_000),
    )


def workers_of(backend: Backend) -> tuple[Worker, ...]:
    """The workers of stage `work`; the backend counts how often each began."""

    async def find(given: LookUp, context: WorkContext) -> Person:
        noted(backend, context)
        return Person.model_validate(await context.value("look_up", given))

    async def draft(given: DraftInput, context: WorkContext) -> Draft:
        noted(backend, context)
        return await context.model("work", given, Draft)

    async def ask(given: LookUp, context: WorkContext) -> Person:
        noted(backend, context)
        raise NeedsHuman(f"Is {given.name} a doctor?")

    return (
        Worker("find", "Looks a person up.", LookUp, Person, find, tools=("look_up",)),
        Worker("draft", "Drafts a greeting.", DraftInput, Draft, draft, estimated_tokens=100),
        Worker("ask", "Asks a person.", LookUp, Person, ask),
    )


def noted(backend: Backend, context: WorkContext) -> None:
    """Write down that a worker began, so that a test can count."""
    backend.note_run(context.task.id, cast("Workbench", context).attempt)


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


def judge(call: ToolCall, basis: Basis) -> Decision:
    """Up to 100 goes by itself, up to 1000 by a person; the text must be a draft of ours."""
    texts = [output["text"] for output in outputs_of(basis.results, "draft")]
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
