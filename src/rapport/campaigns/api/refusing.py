"""What the services of campaigns refuse, as problems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import Http404

from rapport.campaigns.services.errors import CampaignError
from rapport.content.services.liquid_source import TemplateError
from rapport.core.api import Problem


@contextmanager
def named(field: str) -> Iterator[None]:
    try:
        yield
    except Http404 as error:
        raise Problem(422, f"There is no such {field}.", {f"/body/{field}": "not found"}) from error


@contextmanager
def refusals() -> Iterator[None]:
    """What the services refuse, as problems."""
    try:
        yield
    except TemplateError as error:
        raise Problem(422, "The template cannot be used.", {"/body/template": str(error)}) from error
    except CampaignError as error:
        pointer = {f"/body/{error.field}": str(error)} if error.field else None
        raise Problem(422 if error.field else 409, str(error), pointer) from error
