"""Teams: who is in which, made, changed and deleted."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core import queries
from rapport.core.access import actor_of
from rapport.core.forms.access import TeamForm
from rapport.core.services import teams
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page


@require_http_methods(["GET", "HEAD", "POST"])
@page("users.edit")
def team_list(request: HttpRequest) -> HttpResponseBase:
    """All teams; POST makes one."""
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            team = teams.save_team(actor=actor_of(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error("name", error.messages)
        else:
            note(request, _("The team “%(team)s” has been created.") % {"team": team})
            return redirect("core:settings-teams")
    context = {"form": form, "teams": queries.teams().prefetch_related("members")}
    return settings_page(request, "settings/teams.html", context, 422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("users.edit")
@exclusive()
def team(request: HttpRequest, pk: int) -> HttpResponseBase:
    row = queries.team_for(pk)
    members = [str(member) for member in row.members.values_list("pk", flat=True)]
    initial = {"name": row.name, "description": row.description, "members": members}
    form = TeamForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            teams.save_team(actor=actor_of(request), team=row, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("name", error.messages)
        else:
            note(request, _("Saved."))
            return redirect("core:settings-teams")
    return settings_page(
        request, "settings/team.html", {"form": form, "row": row}, 422 if form.errors else 200
    )


@require_POST
@page("users.edit")
def deletion(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Deletes a team to which no records are assigned."""
    row = queries.team_for(pk)
    try:
        teams.delete_team(actor=actor_of(request), team=row)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
        return redirect("core:settings-team", pk)
    note(request, _("The team “%(team)s” has been deleted.") % {"team": row.name})
    return redirect("core:settings-teams")
