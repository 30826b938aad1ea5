"""Codes are issued to people: each person gets one of a promotion, and the same one whenever they are asked about."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.core.services import audit
from rapport.promotions.models import CodeBatch, Coupon, Promotion
from rapport.promotions.services import batches, codes, news, promotions
from rapport.promotions.services.claims import lock_number

PERMISSION = "coupons.redeem"


class NothingToIssue(Exception):
    """The promotion has no code for them; the message says why."""


def issue(*, actor: Actor, promotion: Promotion, person_id: uuid.UUID, clock: Clock = SYSTEM) -> Coupon:
    """The person's code. Raises NothingToIssue."""
    actor.require(PERMISSION)
    with transaction.atomic():
        given, fresh = issue_many(promotion, [person_id], clock)
        if fresh:
            audit.record(
                actor=actor, action="coupon.issued", object_type="promotion", object_id=promotion.pk,
                data={"person": str(person_id)},
            )  # fmt: skip
    return given[person_id]


@transaction.atomic
def issue_many(
    promotion: Promotion, person_ids: Sequence[uuid.UUID], clock: Clock = SYSTEM
) -> tuple[dict[uuid.UUID, Coupon], int]:
    """({person: their code}, how many of them are new), for persons not merged away. Raises NothingToIssue.

    Where there are fewer codes than persons, some have one and the others are left out.
    """
    now = clock.now()
    if promotion.issuing == Promotion.Issuing.SHARED:
        shared = shared_code(promotion, now)
        return dict.fromkeys(person_ids, shared), 0
    given = issued(promotion, person_ids)
    missing = sorted(set(person_ids) - given.keys())
    if missing:
        # One at a time: two messages to the same person show the same code.
        sql.run("SELECT pg_advisory_xact_lock(%b)", [lock_number("issue", promotion.pk)])
        given |= issued(promotion, missing)
        missing = [person for person in missing if person not in given]
    fresh = _assign(promotion, missing, now) if missing else []
    news.tell_of_codes("Coupon Issued", fresh, now)
    return given | {coupon.person_id: coupon for coupon in fresh if coupon.person_id}, len(fresh)


def shared_code(promotion: Promotion, now: dt.datetime) -> Coupon:
    """The newest that everybody may use. Raises NothingToIssue."""
    rows = promotion.coupons.filter(_valid(now), person=None, blocked=False).exclude(max_uses=1)
    _require_running(promotion, now)
    coupon = rows.order_by("-pk").first()
    if coupon is None:
        raise NothingToIssue(_("The promotion “%(name)s” has no shared code.") % {"name": promotion.name})
    return coupon


def _valid(now: dt.datetime) -> Q:
    return Q(expires_at=None) | Q(expires_at__gt=now)


def none_left(promotion: Promotion) -> str:
    return _("The promotion “%(name)s” has no codes left.") % {"name": promotion.name}


def issued(promotion: Promotion, person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Coupon]:
    """What they have already: the newest, used or not, so that nobody gets a second one by asking again."""
    rows = Coupon.objects.filter(promotion=promotion, person_id__in=person_ids).order_by("pk")
    return {coupon.person_id: coupon for coupon in rows.select_related("promotion") if coupon.person_id}


def _require_running(promotion: Promotion, now: dt.datetime) -> None:
    if promotion.state != Promotion.State.ACTIVE or (promotion.ends_at and promotion.ends_at <= now):
        raise NothingToIssue(_("The promotion “%(name)s” is over.") % {"name": promotion.name})


def _assign(promotion: Promotion, persons: Sequence[uuid.UUID], now: dt.datetime) -> list[Coupon]:
    _require_running(promotion, now)
    free = Coupon.objects.filter(
        _valid(now), promotion=promotion, person=None, max_uses=1, uses=0, blocked=False
    )
    coupons = claim_rows(free.order_by("pk"), limit=len(persons))
    lacking = len(persons) - len(coupons)
    if lacking and promotion.issuing == Promotion.Issuing.POOL:
        if not coupons:
            raise NothingToIssue(none_left(promotion))
    elif lacking:
        batch, _is_new = CodeBatch.objects.get_or_create(
            promotion=promotion, origin=CodeBatch.Origin.GENERATED, prefix="", length=codes.USUAL, wanted=0,
            defaults={"created_at": now},
        )  # fmt: skip
        batches.make(batch, lacking)
        coupons += claim_rows(free.filter(batch=batch).order_by("pk"), limit=lacking)
    for coupon, person in zip(coupons, persons, strict=False):
        coupon.promotion, coupon.person_id, coupon.issued_at = promotion, person, now
        coupon.expires_at = promotions.ends(promotion, now, coupon.expires_at)
    Coupon.objects.bulk_update(coupons, ["person", "issued_at", "expires_at"], batch_size=1_000)
    return list(coupons)
