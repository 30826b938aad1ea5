"""Roles: the built-in ones kept in step with the apps, custom ones made, changed and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.models import Role
from rapport.core.permissions import (
    BUILT_IN_ROLES,
    EVERYTHING,
    Grants,
    Reach,
    exceeding,
    grants_from,
    grants_of_role,
    permission,
)
from rapport.core.plain_text import plain
from rapport.core.services import audit


def keep_built_in(**_signal: Any) -> None:
    """Writes the built-in roles as the apps register them now. Runs after every migration."""
    Role.objects.bulk_create(
        [
            Role(
                key=role.name,
                name=role.label,
                description=role.description,
                built_in=True,
                grants=grants_of_role(role.name),
            )
            for role in BUILT_IN_ROLES
        ],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["name", "description", "built_in", "grants"],
    )


@transaction.atomic
def create_role(*, actor: Actor, name: str, grants: Mapping[str, str], description: str = "") -> Role:
    """A custom role. Raises ValidationError, PermissionDenied (without `users.edit`, or beyond the actor's)."""
    actor.require("users.edit")
    role = Role(key=_free_key(name), grants=_checked(actor, grants))
    return _save(actor, role, "role.created", name, description)


@transaction.atomic
def change_role(
    *, actor: Actor, key: str, name: str, grants: Mapping[str, str], description: str = ""
) -> Role:
    """Raises ValidationError, PermissionDenied, Role.DoesNotExist."""
    actor.require("users.edit")
    role = _custom(actor, key)
    role.grants = _checked(actor, grants)
    return _save(actor, role, "role.changed", name, description)


@transaction.atomic
def delete_role(*, actor: Actor, key: str) -> None:
    """Raises ValidationError while somebody has it, PermissionDenied, Role.DoesNotExist."""
    actor.require("users.edit")
    role = _custom(actor, key)
    if role.users.exists():
        raise ValidationError(_("This role is in use. Give its users another role first."))
    _audit(actor, "role.deleted", role)
    role.delete()


def require_within(actor: Actor, *many: Grants) -> None:
    """Nobody grants, or takes from others, more than they have. Raises PermissionDenied."""
    beyond = sorted({name for grants in many for name in exceeding(grants, actor.grants)})
    if beyond:
        raise PermissionDenied(
            f"{actor.label} cannot decide about what is beyond their own rights: {', '.join(beyond)}."
        )


def chosen(grants: Mapping[str, str]) -> dict[str, Reach]:
    """Grants as somebody wrote them. Raises ValidationError for a permission or a reach that does not exist."""
    for name, reach in grants.items():
        if name not in EVERYTHING:
            raise ValidationError({"grants": _("There is no permission “%(name)s”.") % {"name": name}})
        if reach not in Reach.values or (reach != Reach.ALL and not permission(name).has_reach):
            raise ValidationError(
                {"grants": _("“%(name)s” has no reach “%(reach)s”.") % {"name": name, "reach": reach}}
            )
    return grants_from(grants)


def _checked(actor: Actor, grants: Mapping[str, str]) -> dict[str, Reach]:
    checked = chosen(grants)
    require_within(actor, checked)
    return checked


def _custom(actor: Actor, key: str) -> Role:
    role = Role.objects.select_for_update().get(key=key)
    if role.built_in:
        raise ValidationError(_("A built-in role cannot be changed. Copy it."))
    require_within(actor, grants_from(role.grants))
    return role


def _save(actor: Actor, role: Role, action: str, name: str, description: str) -> Role:
    role.name, role.description = plain(name), description.strip()
    if not role.name:
        raise ValidationError({"name": _("Give the role a name.")})
    if Role.objects.filter(name__iexact=role.name).exclude(pk=role.pk).exists():
        raise ValidationError({"name": _("Another role has this name.")})
    role.save()
    _audit(actor, action, role)
    return role


def _free_key(name: str) -> str:
    base = slugify(name)[:40] or "role"
    taken = set(Role.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(
        key
        for number in range(1, 10_000)
        if (key := base if number == 1 else f"{base}-{number}") not in taken
    )


def _audit(actor: Actor, action: str, role: Role) -> None:
    data = {"name": role.name, "grants": role.grants}
    audit.record(actor=actor, action=action, object_type="role", object_id=role.pk, data=data)
