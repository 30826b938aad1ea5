"""Query parameters that an operation does not know are refused: a filter that is ignored answers with everybody."""

from __future__ import annotations

import functools
from typing import Any

from django.http import HttpRequest
from ninja.operation import Operation

from rapport.core.api.problems import Problem


def refuse_unknown(operation: Operation) -> None:
    """Makes the operation answer 422 where the address carries a parameter that is not its own."""
    names = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }
    run = operation.view_func

    @functools.wraps(run)
    def checked(request: HttpRequest, *args: Any, **values: Any) -> Any:
        if unknown := sorted(set(request.GET) - names):
            reason = f"There is no such parameter here; there are: {', '.join(sorted(names)) or 'none'}."
            errors = {f"/query/{name}": reason for name in unknown}
            raise Problem(422, "The request is not valid; see errors.", errors)
        return run(request, *args, **values)

    operation.view_func = checked
