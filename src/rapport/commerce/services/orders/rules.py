"""The business's rules about orders and carts."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.commerce.models import OrderSettings
from rapport.core.access import Actor
from rapport.core.services import audit

LONGEST = 60 * 24 * 7


@transaction.atomic
def change_rules(
    *, actor: Actor, tells_abandoned: bool, cart_minutes: int, checkout_minutes: int, stores: dict[str, str]
) -> OrderSettings:
    """Changes when a cart is called abandoned, and which sources are shops of their own. Raises ValidationError."""
    actor.require("settings.edit")
    if not (1 <= cart_minutes <= LONGEST and 1 <= checkout_minutes <= LONGEST):
        raise ValidationError(_("Between one minute and a week."))
    kept = {
        source.strip(): store.strip()[:64]
        for source, store in stores.items()
        if source.strip() and store.strip()
    }
    row, _created = OrderSettings.objects.update_or_create(
        id=1,
        defaults={
            "tells_abandoned": tells_abandoned, "cart_minutes": cart_minutes, "checkout_minutes": checkout_minutes,
            "stores": kept,
        },
    )  # fmt: skip
    details = {"cart_minutes": cart_minutes, "checkout_minutes": checkout_minutes, "stores": kept}
    audit.record(
        actor=actor, action="order_rules.changed", object_type="order_settings", object_id=1, data=details
    )
    return row
