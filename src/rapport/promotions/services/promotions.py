"""Promotions are made, changed and stopped; shared codes are given, codes are blocked."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from rapport.core import money, sql
from rapport.core.access import Actor
from rapport.core.services import audit
from rapport.promotions.models import Coupon, Promotion, Redemption
from rapport.promotions.services import codes
from rapport.promotions.services.claims import lock_number

PERMISSION = "promotions.edit"
FIELDS = (
    "name", "description", "kind", "percent", "amount", "currency", "most_discount", "free_quantity", "products",
    "categories", "segment", "first_order", "minimum", "minimum_quantity", "combines", "starts_at", "ends_at",
    "valid_days", "remind_days", "person_limit", "total_limit", "budget", "issuing",
)  # fmt: skip
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_AT_LEAST_ONE = (
    "minimum_quantity",
    "valid_days",
    "remind_days",
    "person_limit",
    "total_limit",
    "free_quantity",
)
Kind = Promotion.Kind


@transaction.atomic
def create(*, actor: Actor, key: str, values: dict[str, Any]) -> Promotion:
    """Raises ValidationError by field."""
    actor.require(PERMISSION)
    if not KEY.fullmatch(key):
        raise ValidationError({"key": _("Small letters, digits and underscores, beginning with a letter.")})
    promotion = Promotion(key=key)
    _fill(promotion, values)
    try:
        with transaction.atomic():
            promotion.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError({"key": _("There is a promotion of this key already.")}) from error
    _record(actor, "promotion.created", promotion)
    return promotion


@transaction.atomic
def change(*, actor: Actor, promotion: Promotion, values: dict[str, Any]) -> Promotion:
    """Codes that are out follow the new rules. Raises ValidationError by field."""
    actor.require(PERMISSION)
    # Redemptions hold this shared: none of them goes by the old limits once the new ones are there.
    sql.run("SELECT pg_advisory_xact_lock(%b)", [lock_number("limits", promotion.pk)])
    row = Promotion.objects.select_for_update().get(pk=promotion.pk)
    _fill(row, values)
    live = Redemption.objects.filter(promotion=row, state__in=Redemption.LIVE)
    sums = live.aggregate(uses=Count("pk"), spent=Sum("discount")) if row.is_limited else {}
    row.uses, row.spent = sums.get("uses") or 0, sums.get("spent") or 0
    row.save()
    _record(actor, "promotion.changed", row)
    return row


@transaction.atomic
def set_state(*, actor: Actor, promotion: Promotion, state: Promotion.State) -> None:
    """Stops it at once for every code, or lets it go on."""
    actor.require(PERMISSION)
    if Promotion.objects.filter(pk=promotion.pk).exclude(state=state).update(state=state):
        action = "promotion.stopped" if state == Promotion.State.STOPPED else "promotion.resumed"
        _record(actor, action, promotion)


@transaction.atomic
def add_code(
    *,
    actor: Actor,
    promotion: Promotion,
    code: str,
    max_uses: int | None = None,
    expires_at: dt.datetime | None = None,
) -> Coupon:
    """A code that somebody made up, such as SPRING10; shared without `max_uses`. Raises ValidationError."""
    actor.require(PERMISSION)
    normal = codes.normal(code)
    if len(normal) < 3:
        raise ValidationError({"code": _("At least three letters or digits.")})
    if max_uses is not None and max_uses < 1:
        raise ValidationError({"max_uses": _("At least 1.")})
    written = code.strip()[:64]
    try:
        with transaction.atomic():
            coupon = Coupon.objects.create(
                promotion=promotion, code=normal, written="" if written == normal else written,
                max_uses=max_uses, expires_at=expires_at,
            )  # fmt: skip
    except IntegrityError as error:
        raise ValidationError({"code": _("There is such a code already.")}) from error
    _record(actor, "coupon.added", promotion, code=str(coupon) if coupon.is_shared else "")
    return coupon


@transaction.atomic
def block(*, actor: Actor, coupon: Coupon, blocked: bool = True) -> None:
    """What was redeemed stays so; nothing more is."""
    actor.require(PERMISSION)
    if Coupon.objects.filter(pk=coupon.pk, blocked=not blocked).update(blocked=blocked):
        _record(
            actor, "coupon.blocked" if blocked else "coupon.unblocked", coupon.promotion, coupon=coupon.pk
        )


def _fill(row: Promotion, values: dict[str, Any]) -> None:
    """Raises ValidationError by field."""
    for name in FIELDS:
        if name in values:
            setattr(row, name, values[name])
    errors: dict[str, str] = {}
    _check_gift(row, errors)
    if row.currency:
        try:
            row.currency = money.currency_code(row.currency)
        except money.MoneyError as error:
            errors["currency"] = str(error)
    elif any(value is not None for value in (row.minimum, row.budget, row.most_discount)):
        errors["currency"] = _("Amounts need a currency.")
    for name in _AT_LEAST_ONE:
        value = getattr(row, name)
        if value is not None and not 1 <= value < 2**31:
            errors[name] = _("At least 1.")
    for name in ("minimum", "budget", "most_discount"):
        value = getattr(row, name)
        if value is not None and not 0 < value < money.LARGEST:
            errors[name] = _("More than zero.")
    if row.starts_at and row.ends_at and row.ends_at <= row.starts_at:
        errors["ends_at"] = _("After the beginning.")
    if errors:
        raise ValidationError(errors)


def _check_gift(row: Promotion, errors: dict[str, str]) -> None:
    """What is given, according to its kind; what belongs to another kind is left empty."""
    if row.kind not in Kind.values:
        errors["kind"] = _("There is no such kind.")
    if row.kind == Kind.PERCENT:
        if row.percent is None or not 0 < row.percent <= 100:
            errors["percent"] = _("Between 0 and 100.")
    else:
        row.percent = None
    if row.kind == Kind.AMOUNT:
        if row.amount is None or not 0 < row.amount < money.LARGEST:
            errors["amount"] = _("More than zero.")
        if not row.currency:
            errors["currency"] = _("Amounts need a currency.")
    else:
        row.amount = None
    if row.kind == Kind.PRODUCT and not (row.products or row.categories):
        errors["products"] = _("Name the products or categories of which something is free.")


def _record(actor: Actor, action: str, promotion: Promotion, **data: Any) -> None:
    audit.record(actor=actor, action=action, object_type="promotion", object_id=promotion.pk, data=data)


def ends(promotion: Promotion, issued_at: dt.datetime, own: dt.datetime | None = None) -> dt.datetime | None:
    """When a code that is issued now ends: after its days, at its own end or the promotion's, whatever is first."""
    days = dt.timedelta(days=promotion.valid_days) if promotion.valid_days else None
    return min(
        [at for at in (issued_at + days if days else None, own, promotion.ends_at) if at], default=None
    )
