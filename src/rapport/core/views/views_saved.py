"""Saving, deleting and keeping in order the views of lists."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from rapport.core.access import Actor
from rapport.core.models import SavedView
from rapport.core.queries import own_views
from rapport.core.services.views import delete_view, rename_view, save_view, share_views
from rapport.core.ui.lists import (
    BooleanFilter,
    BulkAction,
    BulkResult,
    Column,
    DateFilter,
    InlineEdit,
    ListPage,
    TextFilter,
)
from rapport.core.ui.toasts import note, toast
from rapport.core.views.middleware import actor_of
from rapport.core.views.pages import page


def _share(actor: Actor, views: QuerySet[SavedView], *, shared: bool) -> BulkResult:
    count = share_views(actor=actor, views=views, shared=shared)
    return BulkResult(ngettext("%(n)d view changed", "%(n)d views changed", count) % {"n": count})


def _rename(actor: Actor, view: SavedView, name: str) -> None:
    rename_view(actor=actor, view=view, name=name)


class MyViews(ListPage):
    """The signed-in user's own saved views of all lists."""

    name = "saved-views"
    title = gettext_lazy("My saved views")
    empty_template = "core/list/no_views.html"
    default_sort = "-created_at"
    search_in = ("name", "list_name")
    search_hint = gettext_lazy("Search views")
    columns = (
        Column("name", gettext_lazy("Name"), sort="name", main=True, edit=InlineEdit(_rename)),
        Column("list_name", gettext_lazy("List"), sort="list_name"),
        Column("shared", gettext_lazy("For everybody"), sort="shared"),
        Column("created_at", gettext_lazy("Saved"), sort="created_at"),
    )
    filters = (
        TextFilter("name", gettext_lazy("Name")),
        BooleanFilter("shared", gettext_lazy("For everybody")),
        DateFilter("created_at", gettext_lazy("Saved")),
    )
    bulk = (
        BulkAction("share", gettext_lazy("Share with everybody"), "users", "", partial(_share, shared=True)),
        BulkAction("keep", gettext_lazy("Keep to myself"), "lock", "", partial(_share, shared=False)),
    )

    def rows(self) -> QuerySet[SavedView]:
        return own_views(self.actor)


@page()
def mine(request: HttpRequest) -> HttpResponseBase:
    return MyViews(request).respond()


@require_POST
@page()
def save(request: HttpRequest) -> HttpResponseBase:
    """Saves the view and goes to it. Undoing a deletion gives the fields in the query string."""
    given = request.POST if "name" in request.POST else request.GET
    try:
        view = save_view(
            actor=actor_of(request),
            list_name=given.get("list", ""),
            name=given.get("name", ""),
            query=given.get("query", ""),
            shared=bool(given.get("shared")),
        )
    except ValidationError as error:
        return toast(HttpResponse(status=422), " ".join(error.messages), level="error")
    note(request, _("View “%(name)s” saved") % {"name": view.name})
    query = f"{view.query}&view={view.pk}" if view.query else f"view={view.pk}"
    return HttpResponse(status=204, headers={"HX-Redirect": f"{_list_path(given.get('path', ''))}?{query}"})


@require_POST
@page()
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Deletes the view and shows the list without it; the toast offers to undo."""
    view = delete_view(actor=actor_of(request), view_id=pk)
    fields = {
        "list": view.list_name,
        "name": view.name,
        "query": view.query,
        "shared": "1" if view.shared else "",
    }
    undo = f"{reverse('core:view-save')}?{urlencode(fields)}"
    note(request, _("View “%(name)s” deleted") % {"name": view.name}, undo_url=undo)
    return HttpResponse(status=204, headers={"HX-Redirect": _list_path(request.POST.get("path", ""))})


def _list_path(path: str) -> str:
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
