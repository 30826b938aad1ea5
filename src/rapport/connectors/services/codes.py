"""Codes that were issued here, and notes on orders, as a shop can have them."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from rapport.connectors import queries
from rapport.connectors.asking import Api, Missing, Refused
from rapport.connectors.models import Connector, Outgoing
from rapport.connectors.registry import CouponOut, Writing
from rapport.connectors.services import queueing
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.promotions.models import Coupon, Promotion

LIMIT = 1_000
KINDS = (Promotion.Kind.PERCENT, Promotion.Kind.AMOUNT, Promotion.Kind.SHIPPING)
# Conditions that no shop can be told of, beside limits of the promotion itself.
NOT_KEPT = ("products", "categories", "most_discount", "segment_id", "first_order", "minimum_quantity")


def queue_codes(connector: Connector, now: dt.datetime) -> None:
    """Codes of the chosen promotions that people have, or that everybody may use, and that the shop does not have."""
    _queue_ended(connector, now)
    keys = connector.writes.get("coupons") or ()
    if not keys:
        return
    there = _of_codes(connector).exclude(state=Outgoing.State.EQUAL)
    rows = Coupon.objects.filter(
        Q(promotion__starts_at=None) | Q(promotion__starts_at__lte=now),  # not every shop knows a beginning
        ~_ended(now), promotion__key__in=keys,
    )  # fmt: skip
    usable = rows.filter(
        Q(expires_at=None) | Q(expires_at__gt=now), Q(max_uses=None) | Q(uses__lt=F("max_uses"))
    )
    issued = usable.filter(~Q(person=None) | ~Q(max_uses=1) | Q(max_uses=None))
    missing = issued.filter(~Exists(there)).order_by("pk").values_list("pk", flat=True)
    queueing.queue(connector, Outgoing.Thing.COUPON, [str(pk) for pk in missing[:LIMIT]], now)


def _of_codes(connector: Connector) -> QuerySet[Outgoing]:
    """The row of a code, as seen from it."""
    return connector.outgoing.filter(thing=Outgoing.Thing.COUPON, subject=Cast(OuterRef("pk"), CharField()))


def _ended(now: dt.datetime) -> Q:
    """Codes that are worth nothing any more: blocked, by hand or since their person was forgotten, or of a promotion
    that was stopped or is over. The shop may have another end than it has now.
    """
    over = Q(promotion__state=Promotion.State.STOPPED) | Q(promotion__ends_at__lte=now)
    return Q(blocked=True) | over


def _queue_ended(connector: Connector, now: dt.datetime) -> None:
    """Codes that ended here while the shop still takes them."""
    if not connector.outgoing.filter(thing=Outgoing.Thing.COUPON, state=Outgoing.State.WRITTEN).exists():
        return
    there = _of_codes(connector).filter(state=Outgoing.State.WRITTEN)
    ended = Coupon.objects.filter(_ended(now), Exists(there)).order_by("pk").values_list("pk", flat=True)
    queueing.queue(connector, Outgoing.Thing.COUPON, [str(pk) for pk in ended[:LIMIT]], now, urgent=True)


def write(connector: Connector, api: Api, writing: Writing, row: Outgoing, now: dt.datetime) -> str:
    """Writes a code or a note; the state it is in then. Raises asking.Trouble."""
    if row.thing == Outgoing.Thing.NOTE:
        return _note(api, writing, row)
    coupon = Coupon.objects.select_related("promotion", "person").filter(pk=row.subject).first()
    if coupon is None or writing.coupon is None:
        raise Refused(_("The code is gone."))
    if Coupon.objects.filter(_ended(now), pk=coupon.pk).exists():
        return _withdraw(connector, api, writing, coupon)
    content = _content(coupon)
    group, _is_new = connector.outgoing.get_or_create(
        thing=Outgoing.Thing.GROUP, subject=content.group,
        defaults={"state": Outgoing.State.EQUAL, "queued_at": row.queued_at, "due_at": row.due_at},
    )  # fmt: skip
    try:
        writing.coupon(api, content, _grouped(api, writing, content, group))
    except Missing:  # somebody took the group away there
        group.external_id = ""
        writing.coupon(api, content, _grouped(api, writing, content, group))
    return Outgoing.State.WRITTEN


def _withdraw(connector: Connector, api: Api, writing: Writing, coupon: Coupon) -> str:
    if writing.withdraw is None:
        raise Refused(_("It has ended here, but cannot be taken away there."))
    groups = connector.outgoing.filter(thing=Outgoing.Thing.GROUP, subject=_group_of(coupon))
    writing.withdraw(api, str(coupon), groups.values_list("external_id", flat=True).first() or "")
    return Outgoing.State.EQUAL


def _ends(coupon: Coupon) -> dt.datetime | None:
    return min((end for end in (coupon.expires_at, coupon.promotion.ends_at) if end), default=None)


def _group_of(coupon: Coupon) -> str:
    """Codes of one promotion that end together."""
    ends = _ends(coupon)
    return f"{coupon.promotion.key} {ends.isoformat() if ends else ''}"


def _grouped(api: Api, writing: Writing, content: CouponOut, group: Outgoing) -> str:
    """The id of the code's group there, which is made with the first code and kept at once."""
    if writing.group and not group.external_id:
        group.external_id = writing.group(api, content)
        group.save(update_fields=["external_id"])
    return group.external_id


def _note(api: Api, writing: Writing, row: Outgoing) -> str:
    order, _line, text = row.text.partition("\n")
    if writing.note is None:
        raise Refused(_("It takes no notes on orders."))
    writing.note(api, order, text)
    return Outgoing.State.WRITTEN


def _content(coupon: Coupon) -> CouponOut:
    promotion = coupon.promotion
    if promotion.kind not in KINDS:
        raise Refused(
            _("A shop has no discount of this kind: %(kind)s.") % {"kind": promotion.get_kind_display()}
        )
    if promotion.is_limited or any(getattr(promotion, name) not in (None, False, []) for name in NOT_KEPT):
        raise Refused(
            _(
                "The promotion has conditions that the shop would not keep: products, a segment, a first order,"
                " pieces, a highest discount, a limit or a budget."
            )
        )
    ends = _ends(coupon)
    return CouponOut(
        code=str(coupon), title=promotion.name, group=_group_of(coupon),
        kind=promotion.kind, value=Decimal(promotion.percent or promotion.amount or 0), currency=promotion.currency,
        starts_at=max(filter(None, (promotion.starts_at, coupon.issued_at or coupon.created_at))), ends_at=ends,
        max_uses=coupon.max_uses, per_person=promotion.person_limit, minimum=promotion.minimum,
        combines=promotion.combines, email=coupon.person.email if coupon.person else "",
    )  # fmt: skip


@transaction.atomic
def add_note(
    *, actor: Actor, connector_id: uuid.UUID, order: str, text: str, clock: Clock = SYSTEM
) -> Outgoing:
    """A note on an order of the shop, by its number there. Raises ValidationError by field, Http404."""
    actor.require("connectors.edit")
    row = queries.connector_for(actor, connector_id)
    writing = queries.kind_of(row).writing
    if writing is None or writing.note is None or not row.writes.get("notes"):
        raise ValidationError(
            _("Notes on orders are not written there; switch it on in the connector's settings.")
        )
    order, text = order.strip(), text.strip()
    if not 0 < len(order) <= 200 or "\n" in order:
        raise ValidationError({"order": _("Give the number that the order has there.")})
    if not 0 < len(text) <= 2_000:
        raise ValidationError({"text": _("Write a note of up to 2,000 characters.")})
    now, subject = clock.now(), str(uuid.uuid4())
    queueing.queue(row, Outgoing.Thing.NOTE, [subject], now)
    note = row.outgoing.get(thing=Outgoing.Thing.NOTE, subject=subject)
    note.text, note.reason = f"{order}\n{text}", ""
    note.save(update_fields=["text", "reason"])
    data = {"name": row.name, "order": order}
    audit.record(
        actor=actor,
        action="connector.note_written",
        object_type="connector",
        object_id=row.pk,
        data=data,
        clock=clock,
    )
    return note
