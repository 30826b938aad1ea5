"""Rebuilds the actor who asked for a job, with their present permissions."""

from __future__ import annotations

from typing import Protocol

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from rapport.core import access
from rapport.core.access import Actor
from rapport.core.models import ApiKey, User


class Requested(Protocol):
    """What somebody asked for: a job, or what makes jobs again and again on their behalf."""

    actor_kind: str
    actor_id: str
    actor_label: str


class Gone(Exception):
    """The user was deactivated, or the key revoked or expired."""


def requester(job: Requested) -> Actor:
    """The actor, rebuilt from the database. Raises Gone."""
    if job.actor_kind == "user":
        user = User.objects.filter(pk=job.actor_id, is_active=True).first()
        if user is None:
            raise Gone(_("%(who)s, who asked for it, can no longer sign in.") % {"who": job.actor_label})
        return access.for_user(user)
    if job.actor_kind == "api_key":
        in_time = Q(expires_at=None) | Q(expires_at__gt=Now())
        key = ApiKey.objects.filter(in_time, pk=job.actor_id, revoked_at=None).first()
        if key is None:
            raise Gone(_("%(who)s, which asked for it, was revoked.") % {"who": job.actor_label})
        return access.for_key(key)
    return access.for_person(job.actor_id) if job.actor_kind == "person" else access.system(job.actor_label)
