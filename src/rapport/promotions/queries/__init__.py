"""Reads of promotions, codes and redemptions. Rows that name somebody are for those who may see that person."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from rapport.core.access import Actor
from rapport.core.links import RecordUse, UseFinder
from rapport.people.models import Person
from rapport.people.queries import people, sees_everybody
from rapport.promotions.models import CodeBatch, Coupon, FailedTry, Promotion, Redemption
from rapport.promotions.services import codes

SEE = "promotions.view"


def _require(actor: Actor) -> None:
    if not actor.may(SEE):
        raise Http404


def _visible(actor: Actor) -> Q:
    """Of nobody, or of somebody the actor may see."""
    if sees_everybody(actor):
        return Q()
    return Q(person=None) | Q(person__in=people(actor).values("pk"))


def promotions(actor: Actor) -> QuerySet[Promotion]:
    """Newest first."""
    _require(actor)
    return Promotion.objects.select_related("segment").order_by("-created_at", "id")


def promotion_for(actor: Actor, id_or_key: int | str) -> Promotion:
    """Raises Http404."""
    name = "pk" if isinstance(id_or_key, int) else "key"
    return get_object_or_404(promotions(actor), **{name: id_or_key})


def coupons(actor: Actor) -> QuerySet[Coupon]:
    """Newest first."""
    _require(actor)
    return Coupon.objects.filter(_visible(actor)).select_related("promotion", "person").order_by("-id")


def coupon_for(actor: Actor, code: str) -> Coupon:
    """By the code, however it is written. Raises Http404."""
    return get_object_or_404(coupons(actor), code=codes.normal(code))


def redemptions(actor: Actor) -> QuerySet[Redemption]:
    """Newest first."""
    _require(actor)
    rows = Redemption.objects.filter(_visible(actor)).select_related("coupon", "promotion", "person")
    return rows.order_by("-at", "id")


def failed_tries(actor: Actor) -> QuerySet[FailedTry]:
    """Newest first."""
    _require(actor)
    return (
        FailedTry.objects.filter(_visible(actor)).select_related("promotion", "person").order_by("-at", "id")
    )


def coupons_of(actor: Actor, person: Person) -> QuerySet[Coupon]:
    """Codes issued to a person."""
    return coupons(actor).filter(person=person)


def batches(promotion: Promotion) -> QuerySet[CodeBatch]:
    """Newest first, without the codes that are made one by one when people get theirs: the page counts them above."""
    asked_for = promotion.batches.exclude(origin=CodeBatch.Origin.GENERATED, wanted=0)
    return asked_for.select_related("job").order_by("-pk")


def _of_segments(segment_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[RecordUse]]:
    """Promotions for members of these; while one is active its segment stays."""
    uses: dict[uuid.UUID, list[RecordUse]] = {}
    for row in Promotion.objects.filter(segment_id__in=segment_ids).order_by("name", "pk"):
        assert row.segment_id is not None
        address = reverse("promotions:promotion", args=[row.pk])
        use = RecordUse("promotion", row.name, address, row.state == Promotion.State.ACTIVE)
        uses.setdefault(row.segment_id, []).append(use)
    return uses


FINDER = UseFinder("promotions of segments", "segment", _of_segments)


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of a promotion. `discounts` by currency; `budget_left` is None without a budget."""

    codes: int
    issued: int
    used: int
    reserved: int
    redeemed: int
    people: int
    objections: int
    discounts: list[tuple[str, Decimal]]
    last: dt.datetime | None
    budget_left: Decimal | None


def figures(promotion: Promotion) -> Figures:
    """Counted from the rows themselves."""
    there = promotion.coupons.aggregate(
        codes=Count("pk"), issued=Count("pk", filter=~Q(person=None)), used=Count("pk", filter=Q(uses__gt=0))
    )
    live = promotion.redemptions.filter(state__in=Redemption.LIVE)
    redeemed = Q(state=Redemption.State.REDEEMED)
    taken: dict[str, Any] = live.aggregate(
        reserved=Count("pk", filter=~redeemed),
        redeemed=Count("pk", filter=redeemed),
        people=Count("person", distinct=True, filter=redeemed),
        objections=Count("pk", filter=redeemed & ~Q(objection="")),
        last=Max("at", filter=redeemed),
    )
    sums = live.filter(redeemed).order_by().values_list("currency").annotate(sum=Sum("discount"))
    left = None if promotion.budget is None else max(Decimal(0), promotion.budget - promotion.spent)
    return Figures(**there, **taken, discounts=sorted(sums), budget_left=left)


def counts_of(promotion_ids: list[int]) -> dict[int, tuple[int, int]]:
    """{promotion: (codes, redemptions)} of a page of a list: two queries."""
    there = Coupon.objects.filter(promotion_id__in=promotion_ids).order_by().values_list("promotion_id")
    codes_by_promotion = dict(there.annotate(n=Count("pk")))
    rows = Redemption.objects.filter(promotion_id__in=promotion_ids, state=Redemption.State.REDEEMED)
    used = dict(rows.order_by().values_list("promotion_id").annotate(n=Count("pk")))
    return {pk: (codes_by_promotion.get(pk, 0), used.get(pk, 0)) for pk in promotion_ids}
