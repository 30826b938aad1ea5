"""Reads of users, API keys, saved views, audit lines and the workspace."""

from __future__ import annotations

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.models import (
    ApiKey,
    AuditEntry,
    DefaultView,
    OwnerChange,
    Role,
    SavedView,
    Team,
    User,
    Workspace,
)
from rapport.core.permissions import BUILT_IN_ROLES, exceeding, grants_from


def workspace() -> Workspace:
    """The one workspace row, or its defaults before the first save."""
    return Workspace.objects.defer("logo").first() or Workspace()


def country_sql() -> str:
    """SQL: the country of the workspace, NULL before the first save; for statements that read it with more."""
    return "(SELECT country FROM core_workspace)"


def saved_views(actor: Actor, list_name: str) -> QuerySet[SavedView]:
    """The actor's own views of a list and those shared with them; `is_default` is the one the list opens with."""
    default = DefaultView.objects.filter(view=OuterRef("pk"), user_id=actor.user_id or 0)
    views = _usable_views(actor).filter(list_name=list_name).annotate(is_default=Exists(default))
    return views.order_by("created_at", "pk")


def _usable_views(actor: Actor) -> QuerySet[SavedView]:
    own = Q(user_id=actor.id) if actor.kind == "user" else Q(pk__in=[])
    return SavedView.objects.filter(own | Q(shared=True) | Q(team_id__in=actor.team_ids))


def view_for(actor: Actor, view_id: int) -> SavedView:
    """A view that the actor may use. Raises Http404."""
    view = _usable_views(actor).filter(pk=view_id).first()
    if view is None:
        raise Http404
    return view


def audiences(actor: Actor) -> list[tuple[str, str]]:
    """(key, label) of those a view can be shared with: nobody else, a team of the actor's, everybody."""
    teams = Team.objects.filter(pk__in=actor.team_ids).order_by("name") if actor.team_ids else ()
    return [
        ("", _("Only me")),
        *((f"team:{team.pk}", team.name) for team in teams),
        ("everybody", _("Everybody")),
    ]


def users(actor: Actor) -> QuerySet[User]:
    """Everybody who may or might sign in. Raises PermissionDenied."""
    actor.require("users.edit")
    return User.objects.prefetch_related("roles", "teams")


def user_for(actor: Actor, user_id: int) -> User:
    """Raises Http404, PermissionDenied."""
    user = users(actor).filter(pk=user_id).first()
    if user is None:
        raise Http404
    return user


def roles() -> list[Role]:
    """Built-in roles in their order, then custom ones by name."""
    order = {role.name: place for place, role in enumerate(BUILT_IN_ROLES)}
    rows = Role.objects.annotate(user_count=Count("users")).order_by("name")
    return sorted(rows, key=lambda role: order.get(role.key, len(order)))  # type: ignore[call-overload]


def teams() -> QuerySet[Team]:
    return Team.objects.annotate(member_count=Count("members")).order_by("name")


def team_for(team_id: int) -> Team:
    """Raises Http404."""
    return get_object_or_404(Team, pk=team_id)


def owner_choices() -> list[tuple[str, str]]:
    """(id, name) of who may own records: active users."""
    return [
        (str(user.pk), str(user)) for user in User.objects.filter(is_active=True).order_by("name", "email")
    ]


def team_choices() -> list[tuple[str, str]]:
    return [(str(team.pk), team.name) for team in Team.objects.order_by("name")]


def owner_change_for(actor: Actor, change_id: int) -> OwnerChange:
    """One's own. Raises Http404."""
    return get_object_or_404(OwnerChange, pk=change_id, user_id=actor.user_id or 0)


def role_for(key: str) -> Role:
    """Raises Http404."""
    role = Role.objects.filter(key=key).first()
    if role is None:
        raise Http404
    return role


def role_keys() -> list[str]:
    return list(Role.objects.order_by("-built_in", "key").values_list("key", flat=True))


def grantable_roles(actor: Actor) -> list[Role]:
    """The roles that grant nothing beyond the actor's own rights."""
    return [role for role in roles() if not exceeding(grants_from(role.grants), actor.grants)]


def api_keys(actor: Actor) -> QuerySet[ApiKey]:
    """Keys in use first, newest first. Raises PermissionDenied."""
    actor.require("keys.edit")
    return ApiKey.objects.select_related("created_by").order_by(F("revoked_at").desc(nulls_first=True), "-pk")


def key_for(actor: Actor, key_id: int) -> ApiKey:
    """Raises Http404, PermissionDenied."""
    return get_object_or_404(api_keys(actor), pk=key_id)


def audit_entries(actor: Actor) -> QuerySet[AuditEntry]:
    """Everything anybody changed. Raises PermissionDenied."""
    actor.require("audit.view")
    return AuditEntry.objects.all()


def own_views(actor: Actor) -> QuerySet[SavedView]:
    """The actor's own views of all lists; `shared_with` is a key of `audiences`."""
    shared_with = Case(
        When(shared=True, then=Value("everybody")),
        When(team__isnull=False, then=Concat(Value("team:"), Cast("team_id", CharField()))),
        default=Value(""),
        output_field=CharField(),
    )
    rows = SavedView.objects.filter(user_id=actor.id) if actor.kind == "user" else SavedView.objects.none()
    return rows.select_related("team").annotate(shared_with=shared_with)
