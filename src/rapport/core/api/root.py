"""The API itself: Django Ninja with strict parsing, problems, idempotent writes and a complete document."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from rapport.core.api import limits, parameters, problems
from rapport.core.api.auth import BearerKey
from rapport.core.api.parser import StrictParser
from rapport.core.services import idempotency

View = Callable[..., HttpResponseBase]
_KEY_HEADER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Any text that is unique to this write. Sent again, it gets the same answer.",
}
_COMMON = {
    400: "The request cannot be read",
    401: "No valid key",
    403: "The key's role does not allow it",
    404: "No such resource, or the key may not see it",
    405: "The address is another operation's (an identifier that is a word of the API, say)",
    422: "The request is not valid; `errors` says where",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "An engine is away",
}
_WRITES = {409: "In conflict with something that exists, or the same key is at work", 413: "Body too large"}


class RapportAPI(NinjaAPI):
    """An API whose errors are problems, wherever they come from."""

    def __init__(self, **options: Any) -> None:
        super().__init__(auth=BearerKey(), parser=StrictParser(), docs_url=None, **options)
        problems.install(self)

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        for router in self._get_bound_routers():
            for path_view in router.path_operations.values():
                for operation in path_view.operations:
                    parameters.refuse_unknown(operation)
        # Apps add methods to the same address (people reads a person, governance erases one).
        same: dict[str, list[View]] = {}
        patterns = []
        for pattern in super()._get_urls():
            if isinstance(pattern, URLPattern):
                views = same.setdefault(str(pattern.pattern), [])
                views.append(pattern.callback)
                if len(views) > 1:
                    continue
                pattern.callback = _guarded(views)
            patterns.append(pattern)
        return patterns

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The OpenAPI 3.1 document, with the problems that every operation may answer with."""
        document = super().get_openapi_schema(**options)
        schemas = document["components"]["schemas"]
        body = problems.ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(body.pop("$defs", {}))
        schemas["Problem"] = body
        for methods in document["paths"].values():
            for method, operation in methods.items():
                _complete(method, operation)
                _require_body(operation.get("requestBody", {}), schemas)
        return document


def _complete(method: str, operation: dict[str, Any]) -> None:
    content = {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, text in (_COMMON | (_WRITES if method != "get" else {})).items():
        operation["responses"].setdefault(str(status), {"description": text, "content": content})
    operation["responses"] = {
        str(status): _as_problem(answer) if int(status) >= 400 else answer
        for status, answer in operation["responses"].items()
    }
    if method == "post" and _KEY_HEADER not in operation["parameters"]:
        operation["parameters"] = [*operation["parameters"], _KEY_HEADER]


def _as_problem(answer: dict[str, Any]) -> dict[str, Any]:
    """What an operation says of a failure of its own is a problem too, with more in it."""
    own = answer.get("content", {}).get("application/json")
    if own is None:
        return answer
    schema = {"anyOf": [own["schema"], {"$ref": "#/components/schemas/Problem"}]}
    return answer | {"content": {problems.CONTENT_TYPE: {"schema": schema}}}


def _require_body(body: dict[str, Any], schemas: dict[str, Any]) -> None:
    """A body of which nothing is required may be left out."""
    reference = body.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    schema = schemas.get(reference.rpartition("/")[2])
    if schema is not None and not schema.get("required"):
        body["required"] = False


def _guarded(views: list[View]) -> View:
    """Around Ninja's own views of one address: what goes wrong before or beside them is a problem too."""

    @functools.wraps(views[0])
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return problems.response(400, "The address holds a NUL character.")
        if _is_bare(request):
            request._body = b"{}"  # what is missing of it is named field by field
        try:
            limits.check(request)
            return _idempotent(request, lambda: _dispatch(views, request, args, kwargs))
        except Exception as error:  # every failure is answered, none leaks
            return problems.of(error)

    return guarded


def _is_bare(request: HttpRequest) -> bool:
    """Whether a write came without any body."""
    length, chunked = request.META.get("CONTENT_LENGTH"), "Transfer-Encoding" in request.headers
    return request.method in {"POST", "PUT", "PATCH", "DELETE"} and length in {None, "", "0"} and not chunked


def _dispatch(views: list[View], request: HttpRequest, args: Any, kwargs: Any) -> HttpResponseBase:
    """The answer of the view that knows the method."""
    allowed: set[str] = set()
    for view in views:
        answer = view(request, *args, **kwargs)
        if not isinstance(answer, HttpResponseNotAllowed):
            return answer
        allowed |= set(answer["Allow"].split(", "))
    refused = problems.response(405, f"{request.method} is not possible here.")
    refused["Allow"] = ", ".join(sorted(allowed))
    return refused


def _idempotent(request: HttpRequest, run: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Runs a write once per Idempotency-Key, if it carries one. Raises Problem."""
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or key is None:
        return run()
    if not 1 <= len(key) <= 255 or not all("!" <= character <= "~" for character in key):
        raise problems.Problem(400, "An Idempotency-Key has 1 to 255 visible ASCII characters.")
    caller = BearerKey()(request)
    if caller is None:
        return run()
    try:
        done = idempotency.once(
            actor=f"api_key:{caller.pk}",
            key=key,
            fingerprint=idempotency.fingerprint(request.get_full_path(), request.body),
            run=lambda: _answer(run()),
        )
    except idempotency.Busy as error:
        raise problems.Problem(409, str(error)) from error
    except idempotency.Different as error:
        raise problems.Problem(422, str(error), {"/header/Idempotency-Key": "used before"}) from error
    answer = HttpResponse(done.body, status=done.status, content_type=done.content_type)
    if done.replayed:
        answer["Idempotency-Replayed"] = "true"
    return answer


def _answer(response: HttpResponseBase) -> idempotency.Answer:
    if not isinstance(response, HttpResponse):
        raise TypeError("a write answers with one body, not with a stream")
    return idempotency.Answer(
        response.status_code,
        response.content,
        response.headers.get("Content-Type", ""),
        is_settled=getattr(response, "is_settled", False),
    )


@csrf_exempt
def not_found(_request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """For addresses under the API that name no operation."""
    return problems.response(404, "There is no such operation; see /api/v1/openapi.json.")
