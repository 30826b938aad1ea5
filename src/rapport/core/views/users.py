"""Users: who may sign in, in which role."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rapport.core import queries
from rapport.core.access import Actor
from rapport.core.forms.settings import RoleForm, UserForm
from rapport.core.models import Role
from rapport.core.services import users
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import BooleanFilter, ChoiceFilter, Column, InlineEdit, ListPage
from rapport.core.ui.toasts import note
from rapport.core.views.context import links
from rapport.core.views.middleware import actor_of
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page


def _save_role(actor: Actor, row: Any, value: str) -> object:
    try:
        return users.change_role(actor=actor, user_id=row.pk, role=value)
    except users.LastOwner as error:
        raise ValidationError(str(error)) from error


def _state(row: Any) -> Any:
    if not row.is_active:
        return badge(_("Deactivated"))
    return badge(_("Active"), "good") if row.has_usable_password() else badge(_("Invited"), "warn")


class UserList(ListPage):
    name = "users"
    title = gettext_lazy("Users")
    default_sort = "email"
    search_in = ("email", "name")
    search_hint = gettext_lazy("Search name or address")
    template = "settings/users.html"
    columns = (
        Column("email", gettext_lazy("E-mail address"), sort="email", main=True),
        Column("name", gettext_lazy("Name"), sort="name"),
        Column(
            "role",
            gettext_lazy("Role"),
            value=lambda row: row.get_role_display(),
            sort="role",
            edit=InlineEdit(_save_role, "users.edit", tuple(Role.choices), lambda row: row.role),
        ),
        Column("state", gettext_lazy("State"), value=lambda row: row.is_active, cell=_state),
        Column("last_login", gettext_lazy("Last signed in")),
        Column("date_joined", gettext_lazy("Added"), sort="date_joined", shown=False),
    )
    filters = (
        ChoiceFilter("role", gettext_lazy("Role"), choices=Role.choices),
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
    """Invites somebody: makes the user and shows the link under which he sets his password."""
    form = UserForm(request.POST or None)
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


def _show(request: HttpRequest, pk: int, form: RoleForm | None = None, link: str = "") -> HttpResponseBase:
    row = queries.user_for(actor_of(request), pk)
    form = form or RoleForm(initial={"role": row.role})
    context = {"row": row, "form": form, "link": link, "invited": not row.has_usable_password()}
    return settings_page(request, "settings/user.html", context, 422 if form.errors else 200)


def _with_link(request: HttpRequest, pk: int) -> HttpResponseBase:
    path = users.password_link(actor=actor_of(request), user_id=pk)
    return _show(request, pk, link=request.build_absolute_uri(path))


@require_POST
@page("users.edit")
def role(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Gives a user another role."""
    row = queries.user_for(actor_of(request), pk)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            users.change_role(actor=actor_of(request), user_id=row.pk, role=form.cleaned_data["role"])
        except users.LastOwner as error:
            form.add_error("role", str(error))
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
        note(request, str(error), level="error")
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
