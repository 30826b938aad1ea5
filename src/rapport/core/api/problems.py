"""Every error of the API as application/problem+json (RFC 9457), with a reason and without internals."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, ClassVar

from clickhouse_connect.driver.exceptions import OperationalError as ClickHouseAway
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import InputStreamExhausted, MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, Throttled
from ninja.errors import ValidationError as RequestInvalid
from pydantic import ConfigDict

from rapport.core.api.schemas import Schema

log = logging.getLogger("rapport.api")
CONTENT_TYPE = "application/problem+json"


class FieldProblem(Schema):
    """What is wrong with one value; `pointer` is a JSON pointer from the request: /body/name, /query/limit."""

    pointer: str
    detail: str


class ProblemBody(Schema):
    """A problem as RFC 9457 describes it."""

    model_config: ClassVar[ConfigDict] = ConfigDict(title="Problem", extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    errors: list[FieldProblem] = []


class Problem(Exception):
    """Raised by an operation to answer with this status, detail, and reasons by pointer; `retry_after` in seconds."""

    def __init__(
        self, status: int, detail: str, errors: dict[str, str] | None = None, *, retry_after: int = 0
    ) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.status, self.detail, self.errors = status, detail, errors or {}


@contextmanager
def refusals(detail: str = "", *, without_field: int = 422) -> Iterator[None]:
    """What a service refuses of a body, with the reasons by field and this detail, or the first reason for it.

    What is refused as a whole, not for one value, is answered with `without_field` (409: as things stand).
    """
    try:
        yield
    except DjangoValidationError as error:
        if without_field != 422 and not hasattr(error, "error_dict"):
            raise Problem(without_field, error.messages[0]) from error
        raise Problem(422, detail or error.messages[0], _django_errors(error)) from error


def response(status: int, detail: str = "", errors: dict[str, str] | None = None) -> HttpResponse:
    """The problem as an answer."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body["detail"] = detail
    if errors:
        body["errors"] = [{"pointer": pointer, "detail": reason} for pointer, reason in errors.items()]
    answer = HttpResponse(json.dumps(body), status=status, content_type=CONTENT_TYPE)
    if status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="Rapport"'
    if status in {429, 503}:
        answer["Retry-After"] = "5"
    return answer


def of(error: Exception) -> HttpResponse:
    """The answer to an exception of whatever kind."""
    match error:
        case Problem():
            answer = response(error.status, error.detail, error.errors)
            if error.retry_after:
                answer["Retry-After"] = str(error.retry_after)
            return answer
        case RequestInvalid():
            return _invalid(error)
        case DjangoValidationError():
            return response(422, "The request is not valid.", _django_errors(error))
        case PermissionDenied():
            return response(403, str(error))
        case Throttled():
            return response(429, "Too many requests; slow down and try again.")
        case HttpError():
            return response(error.status_code, _DETAILS.get(error.status_code, str(error)))
        case OperationalError() | ClickHouseAway():
            log.exception("an engine is away")
            return response(503, "An engine of this installation is away; try again shortly.")
    for kind, (status, detail) in _ANSWERS.items():
        if isinstance(error, kind):
            return response(status, detail)
    reference = secrets.token_hex(6)
    log.exception("API failure %s", reference, exc_info=error)
    return response(500, f"Something went wrong on our side. The log has it under {reference}.")


# The first that fits.
_ANSWERS: dict[type[Exception], tuple[int, str]] = {
    Http404: (404, "There is no such resource, or this key may not see it."),
    RequestDataTooBig: (413, "The body is too large."),
    UnreadablePostError: (400, "The body ended before it was complete."),
    MultiPartParserError: (400, "The multipart body cannot be read: its parts or their boundary are broken."),
    InputStreamExhausted: (400, "The multipart body ends before it is complete."),
    SuspiciousOperation: (400, "The request is not one that this address takes."),
    IntegrityError: (409, "This conflicts with something that exists already."),
    DataError: (422, "A value does not fit."),
}
# What the library puts before the words of a validator of ours.
OURS = "Value error, "
_DETAILS = {
    400: "The body is not valid JSON, is nested too deeply, or holds a NUL character.",
    401: "Send a valid key as 'Authorization: Bearer KEY'.",
}


def _invalid(error: RequestInvalid) -> HttpResponse:
    """422 with the place of each fault; a path that cannot name anything is a 404."""
    if error.errors and all(fault["loc"][0] == "path" for fault in error.errors):
        return response(404, "There is no such resource.")
    errors: dict[str, str] = {}
    for fault in error.errors:
        source, *rest = fault["loc"]
        # ninja puts the name of the view's parameter between the source and the place in the body
        steps = rest[1:] if source in {"body", "form"} and rest else rest
        errors["/" + "/".join(str(step) for step in (source, *steps))] = fault["msg"].removeprefix(OURS)
    return response(422, "The request is not valid; see errors.", errors)


def _django_errors(error: DjangoValidationError) -> dict[str, str]:
    if hasattr(error, "error_dict"):
        return {
            "/body" if name == NON_FIELD_ERRORS else f"/body/{name}": " ".join(reasons)
            for name, reasons in error.message_dict.items()
        }
    return {"/body": " ".join(error.messages)}


def install(api: NinjaAPI) -> None:
    """Makes these answers the ones of `api`."""

    def answer(_request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
        return of(error if isinstance(error, Exception) else error())

    for kind in (Exception, Http404, HttpError, RequestInvalid):
        api.add_exception_handler(kind, answer)
