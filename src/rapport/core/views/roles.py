"""Roles: what each allows, and custom ones made, changed and deleted."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rapport.core import queries
from rapport.core.access import actor_of
from rapport.core.forms.access import RoleForm
from rapport.core.models import Role
from rapport.core.permissions import EVERYTHING, exceeding, grants_from
from rapport.core.services import roles
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page


@require_safe
@page("users.edit")
def role_list(request: HttpRequest) -> HttpResponseBase:
    context = {"roles": queries.roles(), "total": len(EVERYTHING)}
    return settings_page(request, "settings/roles.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("users.edit")
def new(request: HttpRequest) -> HttpResponseBase:
    """Makes a role, empty or as a copy of the one named by `copy`."""
    actor = actor_of(request)
    copied = Role.objects.filter(key=request.GET.get("copy", "")).first()
    initial = {"name": _("Copy of %(role)s") % {"role": copied}} if copied else {}
    granted = copied.grants if copied else {}
    form = RoleForm(request.POST or None, limit=actor.grants, granted=granted, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            role = roles.create_role(
                actor=actor, name=data["name"], description=data["description"], grants=form.grants()
            )
        except ValidationError as error:
            form.add_error(None if "name" not in getattr(error, "error_dict", {}) else "name", error.messages)
        else:
            note(request, _("The role “%(role)s” has been created.") % {"role": role})
            return redirect("core:settings-roles")
    return settings_page(request, "settings/role.html", {"form": form}, 422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("users.edit")
@exclusive()
def role(request: HttpRequest, key: str) -> HttpResponseBase:
    """What a role allows; a custom one can be changed by whoever has all that it allows."""
    actor = actor_of(request)
    row = queries.role_for(key)
    editable = not row.built_in and not exceeding(grants_from(row.grants), actor.grants)
    initial = {"name": str(row), "description": row.description}
    form = RoleForm(
        request.POST or None, limit=actor.grants if editable else {}, granted=row.grants, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            roles.change_role(
                actor=actor,
                key=key,
                name=data["name"],
                description=data["description"],
                grants=form.grants(),
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            note(request, _("Saved."))
            return redirect("core:settings-role", key)
    context = {"form": form, "row": row, "editable": editable, "users": row.users.order_by("email")[:50]}
    return settings_page(request, "settings/role.html", context, 422 if form.errors else 200)


@require_POST
@page("users.edit")
def deletion(request: HttpRequest, key: str) -> HttpResponseBase:
    """Deletes a role that nobody has."""
    row = queries.role_for(key)
    try:
        roles.delete_role(actor=actor_of(request), key=key)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
        return redirect("core:settings-role", key)
    note(request, _("The role “%(role)s” has been deleted.") % {"role": row})
    return redirect("core:settings-roles")
