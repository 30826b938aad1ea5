"""Uploading images: once, cleaned, described for whoever cannot see them, and kept while mails point at them."""

from __future__ import annotations

import hashlib
import uuid
from typing import IO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.content.library import queries
from rapport.content.library.models import Image
from rapport.core import plain_text
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.images import LARGEST, CleanImage, NotAnImage, clean
from rapport.core.services import audit

# Twice the width of a mail, for dense screens; and of a list.
WIDEST, SMALL = 1_200, 320


@transaction.atomic
def add_image(*, actor: Actor, content: IO[bytes], name: str, alt: str, clock: Clock = SYSTEM) -> Image:
    """Keeps an image, or gives the one that was uploaded before with the same content.

    Raises PermissionDenied, ValidationError by field.
    """
    actor.require("templates.edit")
    data = content.read(LARGEST + 1)
    name, alt = _checked(name or "image", alt)
    digest = hashlib.sha256(data).hexdigest()
    if (same := Image.objects.select_for_update().filter(digest=digest).first()) is not None:
        same.archived_at = None
        same.save(update_fields=["archived_at"])
        return same
    try:
        full, small = clean(data, widest=WIDEST), clean(data, widest=SMALL)
    except NotAnImage as error:
        raise ValidationError({"image": str(error)}) from error
    image = Image.objects.create(
        name=name, alt=alt, digest=digest, path=_stored(full), small_path=_stored(small),
        extension=full.extension, width=full.width, height=full.height, size=len(full.content),
        created_at=clock.now(), created_by=actor.label,
    )  # fmt: skip
    _audit(actor, "image.added", image, clock)
    return image


@transaction.atomic
def describe_image(*, actor: Actor, image_id: uuid.UUID, name: str, alt: str, clock: Clock = SYSTEM) -> Image:
    """Raises Http404, ValidationError by field."""
    actor.require("templates.edit")
    image = queries.image_for(actor, image_id, lock=True)
    image.name, image.alt = _checked(name, alt)
    image.save(update_fields=["name", "alt"])
    _audit(actor, "image.described", image, clock)
    return image


@transaction.atomic
def archive_image(*, actor: Actor, image_id: uuid.UUID, undo: bool = False, clock: Clock = SYSTEM) -> Image:
    """Takes it out of the library, or brings it back; what points at it goes on showing it. Raises Http404."""
    actor.require("templates.edit")
    image = queries.image_for(actor, image_id, lock=True)
    image.archived_at = None if undo else clock.now()
    image.save(update_fields=["archived_at"])
    _audit(actor, "image.unarchived" if undo else "image.archived", image, clock)
    return image


def _checked(name: str, alt: str) -> tuple[str, str]:
    name, alt = (plain_text.plain(" ".join(text.replace("\0", "").split())) for text in (name, alt))
    wrong = {}
    if not alt:
        wrong["alt"] = _("Say what is on the image, for whoever cannot see it.")
    for field, text, limit in (("name", name, 120), ("alt", alt, 300)):
        if len(text) > limit:
            wrong[field] = _("At most %(limit)d characters.") % {"limit": limit}
    if not name:
        wrong["name"] = _("Give it a name.")
    if wrong:
        raise ValidationError(wrong)
    return name, alt


def _stored(image: CleanImage) -> str:
    return default_storage.save(f"images/{uuid.uuid4().hex}.{image.extension}", ContentFile(image.content))


def _audit(actor: Actor, action: str, image: Image, clock: Clock) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_type="image",
        object_id=image.pk,
        data={"alt": image.alt},
        clock=clock,
    )
