"""Partners book points: under their own key, within their limits, and each once, however often it is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.loyalty.models import Account, EarningPartner, Entry, Program
from rapport.loyalty.queries import accounts as account_queries
from rapport.loyalty.queries import dates
from rapport.loyalty.queries import partners as queries
from rapport.loyalty.services import telling
from rapport.loyalty.services.accounts import CARD
from rapport.loyalty.services.ledger.books import Books
from rapport.loyalty.services.points import Conflict
from rapport.people.normalise import normalise

KEYS = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class PartnerBooking:
    """Points for whoever showed the card; `reverses` is the key of a booking that is taken back whole."""

    key: str
    card_number: str = ""
    points: int = 0
    note: str = ""
    reverses: str = ""


@transaction.atomic
def put_partner(
    *,
    actor: Actor,
    program: Program,
    values: Mapping[str, Any],
    partner: EarningPartner | None = None,
    clock: Clock = SYSTEM,
) -> EarningPartner:
    """Adds a partner or changes one, whose key stays. Raises ValidationError."""
    actor.require("loyalty.edit")
    row = partner or EarningPartner(program=program, key=values["key"])
    if not KEYS.fullmatch(row.key):
        raise ValidationError({"key": _("A key has lower-case letters, digits and -, a letter first.")})
    for name in ("name", "api_key", "point_price", "most_points", "most_a_day", "most_a_month"):
        setattr(row, name, values[name])
    row.archived_at = clock.now() if values.get("ended") else None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ValidationError(_("Another partner has this key.")) from error
    audit.record(
        actor=actor, action="loyalty_partner.saved", object_type="loyalty_program", object_id=program.pk,
        data={"partner": row.name}, clock=clock,
    )  # fmt: skip
    return row


@transaction.atomic
def book(*, actor: Actor, partner: EarningPartner, booking: PartnerBooking, clock: Clock = SYSTEM) -> Entry:
    """Books points, or takes them back. The same key is the same entry. Raises Http404, ValidationError, Conflict."""
    program = partner.program
    account = _account(partner, booking)
    books = Books.open({account.pk}, clock.now())
    # After the account, as everywhere: of two bookings at once, the second sees what the first has used up.
    partner = EarningPartner.objects.select_for_update(no_key=True, of=("self",)).get(pk=partner.pk)
    if before := account_queries.entry_by_key(program, partner.source, booking.key):
        same = (
            (account.pk, before.reasons == _marked(booking.reverses))
            if booking.reverses
            else (account.pk, True)
        )
        points = before.points if booking.reverses else booking.points
        if (before.account_id, True, before.points) != (*same, points):
            raise Conflict(_("The key stands for another entry."))
        return before
    account = books.accounts[account.pk]
    if booking.reverses:
        entry = _reverse(books, partner, booking, actor)
    else:
        _check(partner, account, booking, clock)
        entry = _earn(books, partner, account, booking, actor)
    telling.tell(books.close(), clock)
    audit.record(
        actor=actor, action="points.booked", object_type="loyalty_account", object_id=account.pk,
        data={"kind": entry.kind, "points": entry.points, "partner": partner.key}, clock=clock,
    )  # fmt: skip
    return entry


def _account(partner: EarningPartner, booking: PartnerBooking) -> Account:
    """A partner knows cards, and nobody. Raises Http404."""
    rows = Account.objects.filter(program=partner.program_id)
    if booking.reverses:
        of = {"program": partner.program_id, "source": partner.source, "key": booking.reverses}
        account = rows.filter(pk__in=Entry.objects.filter(**of).values("account")).first()
    else:
        number = normalise(CARD, booking.card_number)
        account = rows.filter(card_number=number).first() if number else None
    if account is None:
        raise Http404("no such card")
    return account


def _check(partner: EarningPartner, account: Account, booking: PartnerBooking, clock: Clock) -> None:
    """Raises ValidationError for what is beyond the partner's limits."""
    if account.status != Account.Status.ACTIVE:
        raise ValidationError(_("This account is not active."))
    if partner.program.archived_at:
        raise ValidationError(_("This programme has ended."))
    if not 1 <= booking.points <= partner.most_points:
        words = _("Give 1 to %(most)d points.") % {"most": partner.most_points}
        raise ValidationError({"points": words})
    today = dates.beginning_of(dates.local_day(clock.now(), partner.program), partner.program.tz)
    given = queries.entries_of(partner).order_by()
    limits = (
        (partner.most_a_day, given.filter(account=account, recorded_at__gte=today)),
        (partner.most_a_month, given.filter(recorded_at__gte=queries.month_start(partner.program, clock.now()))),
    )  # fmt: skip
    for most, rows in limits:
        if most and (rows.aggregate(sum=Sum("points"))["sum"] or 0) + booking.points > most:
            raise ValidationError({"points": _("That is more than the %(most)d agreed.") % {"most": most}})


def _earn(
    books: Books, partner: EarningPartner, account: Account, booking: PartnerBooking, actor: Actor
) -> Entry:
    return books.earn(
        account,
        booking.points,
        available_at=books.now,
        expires_at=dates.expires_at(account.program, books.now),
        source=partner.source,
        key=booking.key,
        note=booking.note,
        actor=actor.label,
        reasons=[{"rule": partner.name, "points": booking.points}],
    ).entry


def _reverse(books: Books, partner: EarningPartner, booking: PartnerBooking, actor: Actor) -> Entry:
    """What was spent of it meanwhile is owed. Raises ValidationError for what was taken back already."""
    earned = Entry.objects.get(program=partner.program_id, source=partner.source, key=booking.reverses)
    mark = _marked(earned.key)
    again = Entry.objects.filter(account=earned.account_id, source=partner.source, reasons=mark, points__lt=0)
    lot = earned.lots.first()
    if lot is None or again.exists():
        raise ValidationError({"reverses": _("That was taken back already.")})
    lot = next((row for row in books.lots[earned.account_id] if row.pk == lot.pk), lot)
    lot.account = books.accounts[earned.account_id]
    about = {
        "source": partner.source,
        "key": booking.key,
        "note": f"← {earned.key}",
        "reasons": mark,
        "actor": actor.label,
    }
    return books.take_back(lot, earned.points, **about)


def _marked(key: str) -> list[dict[str, str]]:
    """What the entry that takes a booking back is known by; its note goes when its member is forgotten."""
    return [{"reverses": key}]
