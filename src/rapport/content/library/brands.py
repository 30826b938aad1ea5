"""Changing the brand."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.content.library import queries
from rapport.content.library.models import FONTS, Brand
from rapport.content.services.brand_values import COLORS, LEGIBLE, contrast
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit

FIELDS = ("name", "website", *COLORS, "font", "radius", "footer", "voice")
_COLOR = re.compile(r"#[0-9a-f]{6}")


@transaction.atomic
def change_brand(
    *, actor: Actor, values: dict[str, Any], logo: uuid.UUID | bool | None = False, clock: Clock = SYSTEM
) -> Brand:
    """Changes what is given; `logo` is the id of an image, None for no logo, False to leave it.

    Raises PermissionDenied, Http404, ValidationError by field.
    """
    actor.require("templates.edit")
    Brand.objects.get_or_create(pk=1)
    brand = Brand.objects.select_for_update().get(pk=1)
    for field in FIELDS:
        if field in values:
            text = values[field]
            setattr(brand, field, text.replace("\0", "").strip() if isinstance(text, str) else text)
    for field in COLORS:
        setattr(brand, field, str(getattr(brand, field)).lower())
    if logo is not False:
        brand.logo = None if logo is None else queries.image_for(actor, uuid.UUID(str(logo)))
    brand.version += 1
    brand.updated_at = clock.now()
    _check(brand)
    brand.save()
    audit.record(
        actor=actor, action="brand.changed", object_type="brand", object_id=brand.pk, data={}, clock=clock
    )
    return brand


def _check(brand: Brand) -> None:
    wrong = {
        field: _("A colour is written like #0b6bcb.")
        for field in COLORS
        if not _COLOR.fullmatch(getattr(brand, field))
    }
    if not wrong and contrast(brand.text, brand.surface) < LEGIBLE:
        wrong["text"] = _("This text is hard to read on cards: choose a darker or lighter colour.")
    if brand.font not in FONTS:
        wrong["font"] = _("There is no such font.")
    if brand.website and not brand.website.startswith(("https://", "http://")):
        wrong["website"] = _("An address begins with https://.")
    if not isinstance(brand.radius, int) or not 0 <= brand.radius <= 40:
        wrong["radius"] = _("Between 0 and 40 pixels.")
    if wrong:
        raise ValidationError(wrong)
    brand.full_clean()
