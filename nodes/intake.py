"""INTAKE: a new job is received, checked for form, and its caller's choices are frozen into the state."""

from uuid import uuid4

from langchain_core.messages import AnyMessage, RemoveMessage
from langgraph.config import get_config
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.runtime import get_runtime
from langgraph.types import Overwrite
from pydantic import ValidationError

from graph import chat, history
from graph.budget import tightest
from graph.context import RunContext, checked
from graph.contract import Budget, Failure, Header, Schedule, Spend
from graph.domain import Domain
from graph.embedded import names, parent_of
from graph.errors import BadRequest, DomainMistake
from graph.guard import Node, first_entry
from graph.ports import Deps, by_run
from graph.rows import Moved, RunStarted
from graph.state import RunState, Update
from graph.values import Json, RunId, ThreadId

UNKNOWN_VERSION = "none"


def intake_node(deps: Deps) -> Node:
    """The node bound to its ports."""

    async def intake(state: RunState) -> Update:
        return await _received(state, deps)

    return intake


async def _received(state: RunState, deps: Deps) -> Update:
    """Reset every channel for this run. A request that breaks its schema ends as REJECTED, `bad_request`."""
    context, fault = checked(get_runtime(RunContext).context or RunContext())
    given, messages = state.get("request"), state.get("messages", [])
    said = chat.incoming(given, messages)
    request: Json = {"message": said.text} if said else given if isinstance(given, dict) else {}
    failure: Failure | None = None
    header = _header(context, deps)
    try:
        if fault:
            raise fault
        domain = deps.domains.get(context.domain)
        header = header.model_copy(update={"domain_version": deps.domains.version(context.domain)})
        header = header.model_copy(update={"budget": _budget(context, domain, deps)})
        request = chat.requested(said, domain) if said else _object(given)
        domain.request.model_validate(request)
    except (BadRequest, DomainMistake) as error:
        failure = _refused(str(error))
    except ValidationError as error:
        failure = _refused(_named(error))
    transition = first_entry(deps.clock.now())
    cancelled = await deps.records.append(
        by_run(header), RunStarted(header=header, request=request), Moved(transition=transition)
    )
    return {
        **_fresh(request, header),
        "messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *_opening(request, said, messages)],
        "transitions": Overwrite([transition]),
        "failure": failure,
        "cancelled": cancelled,
    }


def _fresh(request: Json, header: Header) -> Update:
    """Every run-scoped channel as a new run finds it."""
    return {
        "request": request,
        "header": header,
        "status": "running",
        "plan": None,
        "plan_number": 0,
        "plan_attempts": 0,
        "faults": [],
        "stage": "work",
        "results": Overwrite({}),
        "retries": {},
        "schedule": Schedule(),
        "review": None,
        "revisions": 0,
        "question": None,
        "asked": 0,
        "answers": [],
        "permits": [],
        "spend": Spend(),
        "room": 0,
        "fits": None,
        "detour": None,
        "simplified": False,
        "reentry": None,
        "resume_at": None,
        "outcome": None,
    }


def _object(given: object) -> Json:
    if isinstance(given, dict):
        return given
    if given is None:
        raise BadRequest(f"request: missing; give it as one JSON object, or messages, such as [{chat.FORM}]")
    raise BadRequest(f"request: is a {type(given).__name__}, give one JSON object")


def _opening(request: Json, said: AnyMessage | None, messages: list[AnyMessage]) -> list[AnyMessage]:
    """What the history begins with: the job; in a chat as its writer put it, behind what was said before."""
    return [*chat.earlier(messages), chat.about(said, "job", request)] if said else [history.received(request)]


def _header(context: RunContext, deps: Deps) -> Header:
    thread_id, run_id = _ids(context)
    return Header(
        run_id=run_id,
        thread_id=thread_id,
        tenant=context.tenant,
        domain=context.domain,
        domain_version=UNKNOWN_VERSION,
        budget=Budget(),
        models={**context.models},
        parks=deps.parks and parent_of(thread_id) is None,  # what another graph drives, nobody wakes
        started_at=deps.clock.now(),
    )


def _ids(context: RunContext) -> tuple[ThreadId, RunId]:
    """Thread and run; without a runner the run is named after thread and input checkpoint, so replays agree."""
    thread_id, run_id = names(get_config().get("configurable", {}), otherwise=str(uuid4()))
    return thread_id, RunId(context.run_id or run_id)


def _budget(context: RunContext, domain: Domain, deps: Deps) -> Budget:
    """The tightest of the caller's, the domain's and the process's; a mistake in the caller's is a bad request."""
    try:
        wanted = Budget.model_validate({**domain.budget.model_dump(), **context.budget})
    except ValidationError as error:
        raise BadRequest(f"budget.{_named(error)}") from error
    return tightest(wanted, domain.budget, *((deps.budget,) if deps.budget else ()))


def _refused(message: str) -> Failure:
    return Failure(cause="bad_request", message=message, ends="rejected")


def _named(error: ValidationError) -> str:
    """The first faults of a validation, each with its field."""
    faults = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'request'}: {fault['msg']}" for fault in faults[:3])
