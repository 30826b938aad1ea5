"""Saving and deleting the views of a list."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rapport.core.services.views import delete_view, save_view
from rapport.core.ui.toasts import note, toast
from rapport.core.views.middleware import actor_of
from rapport.core.views.pages import page


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
