"""Reads of gift cards and of what is owed on them. Cards that name somebody are for those who may see that person."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.core.access import Actor
from rapport.people.queries import people, sees_everybody
from rapport.promotions.models import GiftCard, GiftCardEntry

SEE = "gift_cards.view"
MONTHS = 12


def cards(actor: Actor) -> QuerySet[GiftCard]:
    """Newest first. Raises Http404 for who may see none."""
    if not actor.may(SEE):
        raise Http404
    visible = Q() if sees_everybody(actor) else Q(person=None) | Q(person__in=people(actor).values("pk"))
    return GiftCard.objects.filter(visible).select_related("person").order_by("-created_at", "id")


def card_for(actor: Actor, card_id: uuid.UUID) -> GiftCard:
    """Raises Http404."""
    return get_object_or_404(cards(actor), pk=card_id)


def entries(card: GiftCard) -> QuerySet[GiftCardEntry]:
    """Newest first."""
    return card.entries.order_by("-at", "-pk")


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed in one currency: on how many cards, how it came about ({kind: sum}), and when it ends."""

    currency: str
    cards: int
    balance: Decimal
    sums: dict[str, Decimal]
    ending: list[tuple[dt.date, Decimal]]


def liability(actor: Actor) -> list[Owed]:
    """By currency. Its sums are of entries, so that they add up to the balance."""
    rows = cards(actor)
    holding: Any = rows.filter(balance__gt=0).order_by("currency").values("currency")
    balances = {row["currency"]: row for row in holding.annotate(n=Count("pk"), sum=Sum("balance"))}
    kinds: Any = GiftCardEntry.objects.filter(card__in=rows.order_by()).values("card__currency", "kind")
    sums: dict[str, dict[str, Decimal]] = {}
    for row in kinds.order_by().annotate(sum=Sum("amount")):
        sums.setdefault(row["card__currency"], {})[row["kind"]] = row["sum"]
    months: Any = rows.filter(balance__gt=0, expires_at__isnull=False).order_by()
    ending: dict[str, list[tuple[dt.date, Decimal]]] = {}
    by_month = months.annotate(month=TruncMonth("expires_at")).values("currency", "month")
    for row in by_month.annotate(sum=Sum("balance")).order_by("month"):
        ending.setdefault(row["currency"], []).append((row["month"].date(), row["sum"]))
    return [
        Owed(
            currency,
            balances[currency]["n"] if currency in balances else 0,
            balances[currency]["sum"] if currency in balances else Decimal(0),
            there,
            ending.get(currency, [])[:MONTHS],
        )
        for currency, there in sorted(sums.items())
    ]
