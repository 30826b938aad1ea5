"""API keys: shown once, stored as a digest, bound to scopes, revoked for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import ApiKey, Role
from rapport.core.permissions import Grants, Reach, grants_from, union
from rapport.core.plain_text import plain
from rapport.core.queries import role_keys
from rapport.core.services import audit
from rapport.core.services.roles import chosen, require_within

PREFIX = "rk"
USE_IS_NOTED_EVERY = dt.timedelta(minutes=1)


@transaction.atomic
def create(
    *,
    actor: Actor,
    name: str,
    scopes: Iterable[str] = (),
    role: str = "",
    expires_at: dt.datetime | None = None,
    clock: Clock = SYSTEM,
) -> tuple[ApiKey, str]:
    """A new key with the scopes and those of the role, and the key itself, which nobody can show again.

    A scope is a permission, with ":own" or ":team" behind it for a narrower reach. A key made with a key ends no later.
    Raises ValidationError, PermissionDenied (without `keys.edit`, or for more than the actor has).
    """
    actor.require("keys.edit")
    grants = union([_grants_of_role(role), chosen(dict(_parsed(scope) for scope in scopes))])
    if not grants:
        raise ValidationError({"scopes": _("Choose at least one permission.")})
    require_within(actor, grants)
    if expires_at is not None and expires_at <= clock.now():
        raise ValidationError({"expires_at": _("This date has passed.")})
    expires_at = _within_its_maker(actor, expires_at)
    secret = crypto.token(PREFIX)
    key = ApiKey.objects.create(
        name=plain(name) or "API key",
        prefix=secret[:10],
        digest=crypto.digest(secret),
        grants=grants,
        created_at=clock.now(),
        created_by_id=actor.user_id,
        expires_at=expires_at,
    )
    data = {"name": key.name, "grants": grants, "expires_at": expires_at and expires_at.isoformat()}
    audit.record(
        actor=actor, action="key.created", object_type="api_key", object_id=key.pk, data=data, clock=clock
    )
    return key, secret


def _within_its_maker(actor: Actor, expires_at: dt.datetime | None) -> dt.datetime | None:
    """When the key ends: with the one it is made with, unless it is to end before. Raises ValidationError."""
    end = None
    if actor.kind == "api_key":
        end = ApiKey.objects.values_list("expires_at", flat=True).get(pk=int(actor.id))
    if end is not None and expires_at is not None and expires_at > end:
        message = _("The key that makes it ends on %(end)s; this one cannot end later.")
        raise ValidationError({"expires_at": message % {"end": end.date().isoformat()}})
    return expires_at or end


def _parsed(scope: str) -> tuple[str, str]:
    name, _colon, reach = scope.partition(":")
    return plain(name), reach.strip() or Reach.ALL


def _grants_of_role(key: str) -> Grants:
    if not key:
        return {}
    role = Role.objects.filter(key=key).first()
    if role is None:
        raise ValidationError({"role": _("The roles are: %(roles)s.") % {"roles": ", ".join(role_keys())}})
    return grants_from(role.grants)


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
    now = clock.now()
    if key is None or (key.expires_at is not None and key.expires_at <= now):
        return None
    if key.last_used_at is None or key.last_used_at < now - USE_IS_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    return key
