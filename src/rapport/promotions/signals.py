"""Fraud signals: where many wrong codes come from, one address with many people, people who redeem very fast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.core.access import Actor
from rapport.people.models import Person
from rapport.promotions import queries
from rapport.promotions.models import Redemption
from rapport.promotions.services.suspicions import CANCELLED, DAYS, FAST, PEOPLE, TRIES
from rapport.promotions.services.tries import GUESSES, UNKNOWN_CARD

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Sign:
    """One finding: words, when it was last seen, and whom it is about if that is known."""

    words: str
    last: dt.datetime
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Signs:
    title: str
    hint: str
    rows: Sequence[Sign]


def all_of(actor: Actor, now: dt.datetime) -> list[Signs]:
    """What was seen within the last thirty days, the most striking first."""
    since = now - dt.timedelta(days=DAYS)
    return [_tries(actor, since), _addresses(actor, since), _velocity(actor, since), _cancelled(actor, since)]


def _tries(actor: Actor, since: dt.datetime) -> Signs:
    wrong = queries.failed_tries(actor).filter(at__gt=since, reason__in={*GUESSES, UNKNOWN_CARD}).order_by()
    rows: Any = wrong.values("client", "person").annotate(n=Count("pk"), last=Max("at"))
    counted = list(rows.filter(n__gte=TRIES).order_by("-n")[:SHOWN])
    persons = Person.objects.in_bulk({row["person"] for row in counted if row["person"]})
    return Signs(
        _("Wrong codes"),
        _(
            "Five or more within thirty days from one person or device. Further ones are not looked at for ten minutes."
        ),
        [
            Sign(
                ngettext("%(n)d wrong code", "%(n)d wrong codes", row["n"]) % {"n": row["n"]}
                + (" · " + _("device %(mark)s") % {"mark": row["client"][:8]} if row["client"] else ""),
                row["last"],
                persons.get(row["person"]),
            )
            for row in counted
        ],
    )


def _addresses(actor: Actor, since: dt.datetime) -> Signs:
    live = queries.redemptions(actor).filter(at__gt=since, state__in=Redemption.LIVE).order_by()
    rows: list[Sign] = []
    for name, words in (
        ("address", _("%(n)d people used promotions for the address %(mark)s")),
        ("client", _("%(n)d people used promotions on the device %(mark)s")),
    ):
        same: Any = (
            live.exclude(**{name: ""}).values(name).annotate(n=Count("person", distinct=True), last=Max("at"))
        )
        rows += [
            Sign(words % {"n": row["n"], "mark": row[name][:8]}, row["last"])
            for row in same.filter(n__gte=PEOPLE).order_by("-n")[:SHOWN]
        ]
    return Signs(
        _("One address, many people"),
        _("Three or more. Addresses and devices are kept as marks only: the same mark is the same address."),
        rows,
    )


def _velocity(actor: Actor, since: dt.datetime) -> Signs:
    used = (
        queries.redemptions(actor).filter(at__gt=since, state=Redemption.State.REDEEMED).exclude(person=None)
    )
    return _by_person(
        used,
        FAST,
        _("Many within a day"),
        _("Five or more redemptions of one person on one day."),
        lambda n: ngettext("%(n)d redemption on one day", "%(n)d redemptions on one day", n) % {"n": n},
        by_day=True,
    )


def _cancelled(actor: Actor, since: dt.datetime) -> Signs:
    back = (
        queries.redemptions(actor).filter(at__gt=since, state=Redemption.State.CANCELLED).exclude(person=None)
    )
    return _by_person(
        back,
        CANCELLED,
        _("Ordered and cancelled"),
        _("Three or more redemptions of one person that were cancelled."),
        lambda n: ngettext("%(n)d cancelled redemption", "%(n)d cancelled redemptions", n) % {"n": n},
    )


def _by_person(rows: Any, least: int, title: str, hint: str, words: Any, *, by_day: bool = False) -> Signs:
    names = ("person", "at__date") if by_day else ("person",)
    grouped = rows.order_by().values(*names).annotate(n=Count("pk"), last=Max("at"))
    counted = list(grouped.filter(n__gte=least).order_by("-n")[:SHOWN])
    persons = Person.objects.in_bulk({row["person"] for row in counted})
    return Signs(
        title, hint, [Sign(words(row["n"]), row["last"], persons.get(row["person"])) for row in counted]
    )
