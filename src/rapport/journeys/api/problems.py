"""How the API says that something cannot be done with a journey."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rapport.core.api.problems import Problem, refusals
from rapport.journeys.services.definitions import InvalidDefinition
from rapport.journeys.services.journeys import Stale


@contextmanager
def refused() -> Iterator[None]:
    """409 where it cannot be done as things stand, 422 with the places where a definition is wrong."""
    try:
        with refusals(without_field=409):
            yield
    except Stale as error:
        raise Problem(409, str(error)) from error
    except InvalidDefinition as error:
        places = {problem.pointer: problem.message for problem in error.problems}
        raise Problem(422, "The definition cannot be published; see errors.", places) from error
