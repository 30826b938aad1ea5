"""Lists without a request of their own: for jobs and exports that go through the rows a list shows."""

from __future__ import annotations

from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse
from django.utils.module_loading import import_string

from rapport.core.access import Actor
from rapport.core.registry import LISTS
from rapport.core.ui.lists.page import ListPage


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
