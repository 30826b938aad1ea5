"""Users: who may sign in, in which roles."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rapport.core import queries
from rapport.core.access import actor_of
from rapport.core.forms.access import RolesForm, UserForm
from rapport.core.models import User
from rapport.core.services import users
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import BooleanFilter, ChoiceFilter, Column, ListPage
from rapport.core.ui.toasts import note
from rapport.core.views.context import links
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page


def _state(row: Any) -> Any:
    if not row.is_active:
        return badge(_("Deactivated"))
    return badge(_("Active"), "good") if row.has_usable_password() else badge(_("Invited"), "warn")


class _RoleFilter(ChoiceFilter):
    def chosen(self, values: list[Any]) -> Q:
        return Q(pk__in=User.roles.through.objects.filter(role_id__in=values).values("user_id"))


class UserList(ListPage):
    name = "users"
    title = gettext_lazy("Users")
    empty = (
        gettext_lazy("No users yet"),
        gettext_lazy("Everybody who works with Rapport has an account of their own, with roles."),
    )
    default_sort = "email"
    search_in = ("email", "name")
    search_hint = gettext_lazy("Search name or address")
    template = "settings/users.html"
    columns = (
        Column("email", gettext_lazy("Email address"), sort="email", main=True),
        Column("name", gettext_lazy("Name"), sort="name"),
        Column("roles", gettext_lazy("Roles"), value=lambda row: ", ".join(map(str, row.roles.all()))),
        Column("teams", gettext_lazy("Teams"), value=lambda row: ", ".join(map(str, row.teams.all()))),
        Column("state", gettext_lazy("State"), value=lambda row: row.is_active, cell=_state),
        Column("last_login", gettext_lazy("Last signed in")),
        Column("date_joined", gettext_lazy("Added"), sort="date_joined", shown=False),
    )
    filters = (
        _RoleFilter(
            "role", gettext_lazy("Role"), choices=lambda: [(role.key, str(role)) for role in queries.roles()]
        ),
        BooleanFilter("is_active", gettext_lazy("Active")),
    )

    def rows(self) -> Any:
        return queries.users(self.actor)

    def url(self, row: Any) -> str:
        return reverse("core:settings-user", args=[row.pk])

    def context(self) -> dict[str, Any]:
        from rapport.core import registry

        return {"settings_pages": links(registry.settings_pages(), self.actor, self.request.path)}


@page("users.edit")
def user_list(request: HttpRequest) -> HttpResponseBase:
    return UserList(request).respond()


@require_http_methods(["GET", "HEAD", "POST"])
@page("users.edit")
def new(request: HttpRequest) -> HttpResponseBase:
    """Invites somebody: makes the user and shows the link under which they set their password."""
    choices = queries.grantable_roles(actor_of(request))
    form = UserForm(request.POST or None, choices=choices)
    if request.method == "POST" and form.is_valid():
        try:
            user = users.create_user(actor=actor_of(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None if not hasattr(error, "error_dict") else "email", error.messages)
        else:
            return _with_link(request, user.pk)
    return settings_page(request, "settings/user_new.html", {"form": form}, 422 if form.errors else 200)


@require_safe
@page("users.edit")
def user(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _show(request, pk)


def _show(request: HttpRequest, pk: int, form: RolesForm | None = None, link: str = "") -> HttpResponseBase:
    row = queries.user_for(actor_of(request), pk)
    form = form or _roles_form(request, row)
    context = {"row": row, "form": form, "link": link, "invited": not row.has_usable_password()}
    return settings_page(request, "settings/user.html", context, 422 if form.errors else 200)


def _roles_form(request: HttpRequest, row: User) -> RolesForm:
    initial = {"roles": [role.key for role in row.roles.all()]}
    choices = queries.grantable_roles(actor_of(request))
    form = RolesForm(request.POST if request.method == "POST" else None, initial=initial, choices=choices)
    form.page_url = reverse("core:settings-user", args=[row.pk])
    return form


def _with_link(request: HttpRequest, pk: int) -> HttpResponseBase:
    path = users.password_link(actor=actor_of(request), user_id=pk)
    return _show(request, pk, link=settings.PUBLIC_URL + path)


@require_POST
@page("users.edit")
@exclusive()
def roles(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Gives a user other roles."""
    form = _roles_form(request, queries.user_for(actor_of(request), pk))
    if form.is_valid():
        try:
            users.change_roles(actor=actor_of(request), user_id=pk, roles=form.cleaned_data["roles"])
        except users.LastOwner as error:
            form.add_error("roles", error.messages)
        else:
            note(request, _("Saved."))
            return redirect("core:settings-user", pk)
    return _show(request, pk, form)


@require_POST
@page("users.edit")
def deactivation(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Keeps a user from signing in."""
    row = queries.user_for(actor_of(request), pk)
    try:
        users.deactivate(actor=actor_of(request), user_id=row.pk)
    except users.LastOwner as error:
        note(request, " ".join(error.messages), level="error")
    else:
        undo = reverse("core:settings-user-reactivation", args=[pk])
        note(request, _("%(user)s can no longer sign in.") % {"user": row}, undo_url=undo)
    return redirect("core:settings-user", pk)


@require_POST
@page("users.edit")
def reactivation(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Lets a user sign in again."""
    row = queries.user_for(actor_of(request), pk)
    users.reactivate(actor=actor_of(request), user_id=row.pk)
    note(request, _("%(user)s can sign in again.") % {"user": row})
    return redirect("core:settings-user", pk)


@require_POST
@page("users.edit")
def password_link(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A new one-time link to set the password."""
    queries.user_for(actor_of(request), pk)
    return _with_link(request, pk)
