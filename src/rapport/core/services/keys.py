"""API keys: shown once, stored as a digest, bound to a role, revoked for good."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from rapport.core import crypto
from rapport.core.access import PERMISSIONS, Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import ApiKey, Role, User
from rapport.core.services import audit

PREFIX = "rk"
USE_IS_NOTED_EVERY = dt.timedelta(minutes=1)


@transaction.atomic
def create(*, actor: Actor, name: str, role: str = Role.VIEWER, clock: Clock = SYSTEM) -> tuple[ApiKey, str]:
    """A new key and the key itself, which nobody can show again.

    Raises PermissionDenied without `keys.edit`, or for a role that may more than the actor.
    """
    actor.require("keys.edit")
    if role not in Role.values:
        raise ValueError(f"There is no role {role!r}; the roles are {', '.join(Role.values)}.")
    if not PERMISSIONS[role] <= actor.permissions:
        raise PermissionDenied(f"{actor.label} cannot give a key more than he may himself.")
    secret = crypto.token(PREFIX)
    key = ApiKey.objects.create(
        name=name.strip() or "API key",
        prefix=secret[:10],
        digest=crypto.digest(secret),
        role=role,
        created_at=clock.now(),
        created_by=User.objects.filter(pk=actor.id).first() if actor.kind == "user" else None,
    )
    data = {"name": key.name, "role": role}
    audit.record(
        actor=actor, action="key.created", object_type="api_key", object_id=key.pk, data=data, clock=clock
    )
    return key, secret


@transaction.atomic
def revoke(*, actor: Actor, key_id: int, clock: Clock = SYSTEM) -> ApiKey:
    """Ends a key at once and for good. Raises ApiKey.DoesNotExist, PermissionDenied."""
    actor.require("keys.edit")
    key = ApiKey.objects.select_for_update().get(pk=key_id)
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
        data = {"name": key.name}
        audit.record(
            actor=actor, action="key.revoked", object_type="api_key", object_id=key.pk, data=data, clock=clock
        )
    return key


def authenticate(secret: str, clock: Clock = SYSTEM) -> ApiKey | None:
    """The key that `secret` is, if it still counts; notes its use at most once a minute."""
    if not secret.startswith(f"{PREFIX}_") or len(secret) > 200:
        return None
    key = ApiKey.objects.filter(digest=crypto.digest(secret), revoked_at=None).first()
    if key is None:
        return None
    now = clock.now()
    if key.last_used_at is None or key.last_used_at < now - USE_IS_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    return key
