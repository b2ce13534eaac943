import functools
from datetime import date
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from graph.declare import Declared, from_function, tool
from graph.domain import EffectIdentity, Tool
from graph.errors import DomainMistake
from graph.waiting import Pending
from toolbox import Bench


class IssueRefund(BaseModel):
    """What is paid back."""

    model_config = ConfigDict(extra="forbid")
    order_id: str
    payment_id: str
    cents: int


class Refund(BaseModel):
    """A refund that was made."""

    cents: int
    key: str


@tool(effect="irreversible", stakes="money", identity=("order_id", "payment_id"), honours_keys=True, attempts=5)
async def issue_refund(args: IssueRefund, key: str) -> Refund:
    """Pay money back for one order.

    Not shown to anybody.
    """
    return Refund(cents=args.cents, key=key)


@tool
def find(email: str, limit: Annotated[int, Field(ge=1, description="at most so many")] = 5) -> list[Refund]:
    """Find refunds."""
    return [Refund(cents=1, key=email)] * limit


async def value(used: Tool, **args: Any) -> Any:
    """What the tool answers through the pipeline."""
    result = await Bench().call(used, args, name=used.name)
    assert result.ok, result.error
    return result.value


async def test_a_function_of_a_model_is_an_effect_as_declared() -> None:
    """Name, purpose, schemas and declaration are read off the function, and the key reaches it."""
    assert (issue_refund.name, issue_refund.purpose) == ("issue_refund", "Pay money back for one order.")
    assert (issue_refund.input, issue_refund.output) == (IssueRefund, Refund)
    assert issue_refund.identity == EffectIdentity(("order_id", "payment_id"))
    assert (issue_refund.effect, issue_refund.stakes, issue_refund.attempts) == ("irreversible", "money", 5)
    made = await value(issue_refund, order_id="A1", payment_id="P1", cents=5)
    assert made["cents"] == 5
    assert made["key"].startswith("issue_refund-")


async def test_plain_parameters_make_a_model() -> None:
    """Types, defaults, bounds and descriptions stand in the schema; an answer that is no object stands under result."""
    schema = find.input.model_json_schema()
    assert schema["required"] == ["email"]
    assert schema["properties"]["limit"] == {
        "default": 5, "description": "at most so many", "minimum": 1, "title": "Limit", "type": "integer",
    }  # fmt: skip
    assert await value(find, email="a@b", limit=2) == {"result": [{"cents": 1, "key": "a@b"}] * 2}
    assert len((await value(find, email="a@b"))["result"]) == 5


@pytest.mark.parametrize(
    ("args", "told"),
    [({}, "email: Field required"), ({"email": "a", "limt": 1}, "limt: Extra inputs"), ({"email": 5}, "email: Input"),
     ({"email": "a", "limit": 0}, "limit: Input should be greater"), ({"email": "a", "limit": 1.5}, "limit: Input")],
)  # fmt: skip
async def test_plain_parameters_are_held_to_their_types(args: dict[str, Any], told: str) -> None:
    """Missing, misspelt and mistyped arguments never reach the function; the field is named."""
    error = await Bench().error(find, args, name="find")
    assert error.code == "invalid_input"
    assert told in error.message


async def test_answers_are_held_to_the_annotation() -> None:
    """A list of something else is invalid_output, also where it was built without validation."""

    @tool
    def lies(email: str) -> list[Refund]:
        """Lie."""
        broken: Any = {"cents": "many", "key": email}
        return [Refund.model_construct(None, **broken)]

    error = await Bench().error(lies, {"email": "a"}, name="lies")
    assert error.code == "invalid_output"
    assert "result.0.cents" in error.message


async def test_anything_with_a_json_form_goes_in_and_comes_out() -> None:
    """Dates, secrets, optionals and None travel as what the function says they are."""

    @tool
    async def note(day: date, secret: SecretStr, text: str | None = None) -> tuple[date, str | None]:
        """Note."""
        return day, f"{secret.get_secret_value()} {text}"

    assert await value(note, day="2026-02-03", secret="s") == {"result": ["2026-02-03", "s None"]}  # noqa: S106 a test's

    @tool
    def nothing() -> None:
        """Do nothing."""

    assert await value(nothing) == {"result": None}


def mail(to: str, text: str) -> str:
    """Mail somebody."""
    return f"{to}: {text}"


class Shop:
    """Somebody's own class."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def cancel(self, order_id: str, key: str) -> dict[str, str]:
        """Cancel an order."""
        self.keys.append(key)
        return {"order_id": order_id}

    async def __call__(self, order_id: str) -> str:
        """Look an order up."""
        return order_id


async def test_methods_partials_and_instances_are_functions_too() -> None:
    """Whatever can be called and is annotated becomes a tool; what is bound already is no argument."""
    shop = Shop()
    cancel = from_function(shop.cancel, Declared(effect="write", identity=("order_id",), honours_keys=True))
    assert await value(cancel, order_id="A1") == {"result": {"order_id": "A1"}}
    assert len(shop.keys) == 1
    look_up = from_function(shop, name="look_up")
    assert look_up.purpose == "Look an order up."
    assert await value(look_up, order_id="A2") == {"result": "A2"}
    to_ann = from_function(functools.partial(mail, "ann"), name="mail_ann", purpose="Mail Ann.")
    assert await value(to_ann, text="hello") == {"result": "ann: hello"}


async def test_to_a_read_a_key_is_an_argument_like_any_other() -> None:
    """Only effects are given the idempotency key."""

    @tool
    def setting(key: str) -> str:
        """Read a setting."""
        return key

    assert await value(setting, key="colour") == {"result": "colour"}


async def test_an_effect_may_do_without_the_key() -> None:
    """Where the backend takes none, the function need not pretend."""

    @tool(effect="write", identity=())
    def remind(args: IssueRefund) -> str:
        """Remind."""
        return args.order_id

    assert await value(remind, order_id="A1", payment_id="P", cents=1) == {"result": "A1"}


async def test_an_answer_may_come_later() -> None:
    """`Pending` is no part of the output's schema, and passes as it is."""

    @tool
    def report(day: date) -> str | Pending:
        """Order a report."""
        return Pending(correlation_key="7", expects="the report", within_seconds=60.0)

    assert report.output.model_json_schema()["properties"]["result"]["type"] == "string"
    result = await Bench().call(report, {"day": "2026-02-03"}, name="report")
    assert (result.ok, result.pending and result.pending.expects) == (False, "the report")


def later(email: str) -> Pending:
    """Only later."""
    return Pending(correlation_key=email, expects="it", within_seconds=60.0)


def bare(email: str):  # type: ignore[no-untyped-def]  # noqa: ANN201 the mistake
    """Without a return annotation."""


def untyped(email) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001 the mistake
    """Without a type."""
    return str(email)


def starred(*emails: str) -> str:
    """With a star."""
    return emails[0]


def shadowing(schema: str) -> str:
    """With a name that pydantic keeps."""
    return schema


def unsaid(email: str) -> str:  # noqa: D103 the mistake
    return email


def foreign(email: str) -> "Nowhere":  # type: ignore[name-defined]  # noqa: F821 the mistake
    """With an annotation of nothing."""


def odd(email: str) -> "Shop":
    """With a type that has no JSON form."""
    return Shop()


def send(email: str) -> str:
    """Send something."""
    return email


@pytest.mark.parametrize(
    ("function", "said", "told"),
    [
        (bare, {}, "tool bare: no return annotation; add one"),
        (untyped, {}, "tool untyped: parameter email has no annotation; add its type"),
        (starred, {}, "tool starred: parameter *emails: str cannot be given by name; name each parameter"),
        (shadowing, {}, "tool shadowing: parameter schema has a name that pydantic keeps for itself; rename it"),
        (later, {}, "tool later: its answer always comes later; say in which form"),
        (unsaid, {}, "tool unsaid: no purpose; say in a docstring"),
        (foreign, {}, "tool foreign: name 'Nowhere' is not defined; its annotations must name"),
        (odd, {}, "tool odd: a type has no JSON Schema"),
        (send, {"effect": "write"}, "tool send: an effect needs an identity; say identity=(...)"),
        (send, {"effect": "write", "identity": ("mail",)}, "tool send: identity names 'mail', which is no input field"),
        (send, {"effect": "write", "identity": "email"}, "tool send: identity is a text; write identity=('email',)"),
        (send, {"effect": "writes"}, "tool send: effect is 'writes'; use one of read, write, irreversible"),
        (send, {"stakes": "high"}, "tool send: stakes is 'high'; use one of none, money"),
        (
            send,
            {"effect": "write", "identity": (), "honours_keys": True},
            "tool send: honours_keys is said, but no key",
        ),
        (send, {"key_argument": "email"}, "tool send: key_argument is for tools of others"),
        (send, {"timeout_seconds": 0.0}, "tool send: timeout_seconds is 0.0; give more than 0"),
        (send, {"attempts": 0}, "tool send: attempts is 0; give 1 or more"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(function: Any, said: dict[str, Any], told: str) -> None:
    """One line that names the function, the place and what to do."""
    with pytest.raises(DomainMistake) as raised:
        tool(**said)(function)
    assert any(line.startswith(told) for line in str(raised.value).splitlines()), str(raised.value)


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody mends one to find the next."""
    wrong: Any = {"effect": "write", "stakes": "high", "attempts": 0}
    with pytest.raises(DomainMistake) as raised:
        tool(**wrong)(send)
    assert len(str(raised.value).splitlines()) == 3
