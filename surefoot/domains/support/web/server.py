"""The shop's app: routes over any `ShopPort`, handlers in the thread pool, and one way to tell what went wrong."""

import sqlite3
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.middleware.trustedhost import TrustedHostMiddleware

from surefoot.domains.support.shop.errors import Refusal, Unreadable
from surefoot.domains.support.shop.port import ShopPort
from surefoot.domains.support.web import effects, reads
from surefoot.domains.support.web.problems import MEDIA_TYPE, STATUS, Problem, problem

HOST: Final = "127.0.0.1"
RETRY_AFTER_SECONDS: Final = 1


def app_over(shop: ShopPort) -> FastAPI:
    """The app over this shop, for clients on this machine."""
    app = FastAPI(title="The shop", docs_url=None, redoc_url=None)  # their pages fetch scripts from elsewhere
    app.state.shop = shop
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])  # no page of another site gets in
    app.include_router(reads.router)
    app.include_router(effects.router)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ConnectionError, _down)
    app.add_exception_handler(sqlite3.OperationalError, _down)
    app.add_exception_handler(Unreadable, _unreadable)
    return app


async def _refused(_request: Request, no: Exception) -> Response:
    if not isinstance(no, Refusal):
        raise no
    return _told(problem(STATUS[no.code], no.code, no.message, no.hint))


async def _invalid(_request: Request, fault: Exception) -> Response:
    if not isinstance(fault, RequestValidationError):
        raise fault
    told = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in fault.errors())
    return _told(problem(STATUS["invalid_input"], "invalid_input", told, "correct the named fields"))


async def _down(_request: Request, _outage: Exception) -> Response:
    """Also after an effect whose receipt got lost: 503 promises nothing of what happened before."""
    told = _told(problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "the shop's systems do not answer"))
    told.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return told


async def _unreadable(_request: Request, _fault: Exception) -> Response:
    return Response("<!doctype html><title></title>", media_type="text/html")


def _told(told: Problem) -> Response:
    return Response(told.model_dump_json(), status_code=told.status, media_type=MEDIA_TYPE)
