"""The holdout of all marketing: a fixed share of everybody who get none, so that its effect can be measured."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.experiments.models import GlobalHoldout
from rapport.experiments.services import drawing

LARGEST = 50


def settings_now() -> GlobalHoldout:
    return GlobalHoldout.objects.first() or GlobalHoldout()


@transaction.atomic
def set_share(*, actor: Actor, percent: float, anew: bool = False, clock: Clock = SYSTEM) -> GlobalHoldout:
    """A larger share keeps whoever is in it; `anew` draws everybody again. Raises ValidationError.

    The effect is measured from then on: until then, those who came in or went out were on the other side.
    """
    actor.require("experiments.edit")
    if not 0 <= percent <= LARGEST:
        raise ValidationError({"percent": _("From 0 to 50.")})
    row, _created = GlobalHoldout.objects.select_for_update().get_or_create(pk=1)
    share = round(percent * 100)
    if anew:
        row.salt = uuid.uuid4()
    if anew or share != row.share:
        row.since = clock.now() if share else None
    row.share = share
    row.save()
    audit.record(
        actor=actor, action="holdout.set", object_type="global_holdout", object_id=1,
        data={"percent": percent, "anew": anew}, clock=clock,
    )  # fmt: skip
    return row


def in_holdout(person_id: uuid.UUID) -> bool:
    """Whether this person gets no marketing, so that its effect shows."""
    return bool(members([person_id]))


def members(person_ids: Iterable[uuid.UUID]) -> Collection[uuid.UUID]:
    """Those of these persons who are in it. Whoever was merged counts as the survivor."""
    row = settings_now()
    if not row.share:
        return []
    return [person for person in person_ids if drawing.place(row.salt, person) < row.share]


def member_sql(person: str) -> str:
    """The same as a condition in SQL, for whole audiences; `person` is an expression of a uuid."""
    row = settings_now()
    if not row.share:
        return "FALSE"
    place = drawing.place_sql(f"'{row.salt}'", f"{person}::text")
    return f"({place} < {row.share})"
