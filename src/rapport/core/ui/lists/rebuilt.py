"""Lists without a request of their own: for jobs and exports that go through the rows a list shows."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.registry import LISTS
from rapport.core.ui.lists.page import ListPage
from rapport.core.ui.lists.state import NAMES


def list_for(actor: Actor, name: str, query: str = "") -> ListPage:
    """The registered list as the actor sees it with this query string. Raises Http404."""
    entry = LISTS.get(name)
    if entry is None:
        raise Http404
    request = HttpRequest()
    request.method, request.path, request.GET = "GET", reverse(entry.url_name), QueryDict(query)
    request.actor = actor  # type: ignore[attr-defined]
    page: ListPage = import_string(entry.page)(request)
    return page


def rows_for(actor: Actor, name: str, query: str) -> QuerySet[Any]:
    """The rows that the list shows with this query string. Raises Http404, and ValueError where the list does not
    understand all of it: without a misspelt filter everybody would be taken.
    """
    page = list_for(actor, name, query)
    unknown = sorted(set(QueryDict(query)) - {*NAMES, *page.extra_parameters})
    if unknown:
        raise ValueError(_("The list has no parameter “%(name)s”.") % {"name": unknown[0]})
    rows: QuerySet[Any] = page.matching()
    if page.problem:
        raise ValueError(page.problem)
    return rows
