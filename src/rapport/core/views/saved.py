"""Saving, deleting and keeping in order the views of lists."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from rapport.core.access import Actor, actor_of
from rapport.core.models import SavedView
from rapport.core.queries import audiences, own_views, view_for
from rapport.core.registry import LISTS
from rapport.core.services.views import choose_default, delete_view, rename_view, save_view, share_view
from rapport.core.ui.lists import (
    Board,
    BooleanFilter,
    Calendar,
    Column,
    DateFilter,
    InlineEdit,
    ListPage,
    TextFilter,
)
from rapport.core.ui.toasts import note, toast
from rapport.core.views.pages import is_own_address, page


def _rename(actor: Actor, view: SavedView, name: str) -> None:
    rename_view(actor=actor, view=view, name=name)


def _share(actor: Actor, view: SavedView, audience: str) -> None:
    share_view(actor=actor, view=view, audience=audience)


def _audience(view: SavedView) -> str:
    return _("Everybody") if view.shared else view.team.name if view.team else _("Only me")


def _list_title(view: SavedView) -> str:
    entry = LISTS.get(view.list_name)
    return str(import_string(entry.page).title) if entry else view.list_name


class MyViews(ListPage):
    """The signed-in user's own saved views of all lists."""

    name = "saved-views"
    title = gettext_lazy("My saved views")
    empty_template = "core/list/no_views.html"
    default_sort = "-created_at"
    search_in = ("name", "list_name")
    search_hint = gettext_lazy("Search views")
    filters = (
        TextFilter("name", gettext_lazy("Name")),
        BooleanFilter("shared", gettext_lazy("For everybody")),
        DateFilter("created_at", gettext_lazy("Saved")),
    )
    calendar = Calendar("created_at", mark="list_name")
    opens_in_panel = False

    def __init__(self, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(request, **kwargs)
        # With whom a view can be shared depends on the reader's teams.
        choices = tuple(audiences(self.actor))
        sharing = InlineEdit(_share, choices=choices, current=lambda view: view.audience)
        self.columns = (  # type: ignore[misc]
            Column("name", gettext_lazy("Name"), sort="name", main=True),
            Column("list_name", gettext_lazy("List"), value=_list_title, sort="list_name"),
            Column(
                "audience", gettext_lazy("Who may use it"), value=_audience, sort="shared_with", edit=sharing
            ),
            Column("created_at", gettext_lazy("Saved"), sort="created_at"),
            Column("title", gettext_lazy("Rename"), value="name", edit=InlineEdit(_rename), shown=False),
        )
        self.board = Board("shared_with", choices, _share, column="audience")  # type: ignore[misc]

    def rows(self) -> QuerySet[SavedView]:
        return own_views(self.actor)

    def url(self, row: SavedView) -> str:
        """The list in this view."""
        entry = LISTS.get(row.list_name)
        return f"{reverse(entry.url_name)}?{row.full_query}" if entry else ""


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
            audience=given.get("audience", ""),
        )
    except ValidationError as error:
        return toast(HttpResponse(status=422), " ".join(error.messages), level="error")
    note(request, _("View “%(name)s” saved") % {"name": view.name})
    place = f"{_list_path(given.get('path', ''))}?{view.full_query}"
    return HttpResponse(status=204, headers={"HX-Redirect": place})


@require_POST
@page()
def default(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Has the list open with this view from now on, or, with `off`, as it is."""
    view = view_for(actor_of(request), pk)
    chosen = not request.POST.get("off")
    choose_default(actor=actor_of(request), view=view, chosen=chosen)
    words = _("This list now opens with “%(name)s”.") if chosen else _("This list now opens with all rows.")
    note(request, words % {"name": view.name})
    place = f"{_list_path(request.POST.get('path', ''))}?{view.full_query}"
    return HttpResponse(status=204, headers={"HX-Redirect": place})


@require_POST
@page()
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Deletes the view and shows the list without it; the toast offers to undo."""
    view = delete_view(actor=actor_of(request), view_id=pk)
    fields = {
        "list": view.list_name,
        "name": view.name,
        "query": view.query,
        "audience": view.audience,
    }
    undo = f"{reverse('core:view-save')}?{urlencode(fields)}"
    note(request, _("View “%(name)s” deleted") % {"name": view.name}, undo_url=undo)
    return HttpResponse(status=204, headers={"HX-Redirect": _list_path(request.POST.get("path", ""))})


def _list_path(path: str) -> str:
    return path if is_own_address(path) else "/"
