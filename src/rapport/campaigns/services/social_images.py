"""Images of posts: looked at, freed of what the camera wrote into them (where it was taken, say), and stored."""

from __future__ import annotations

import io
import uuid
import warnings
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from rapport.campaigns import queries
from rapport.campaigns.models import SocialImage
from rapport.campaigns.services.social_posts import SocialError, draft
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit

LARGEST = 20_000_000
MOST_PIXELS = 100_000_000
MOST_IMAGES = 20
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


@transaction.atomic
def add_image(
    *, actor: Actor, post_id: uuid.UUID, content: IO[bytes], alt: str, clock: Clock = SYSTEM
) -> SocialImage:
    """Adds an image to a draft. Raises Http404, SocialError."""
    actor.require("social.edit")
    post = draft(actor, post_id)
    if post.images.count() >= MOST_IMAGES:
        raise SocialError(_("At most %(n)d images are possible.") % {"n": MOST_IMAGES}, "image")
    if not alt.strip():
        raise SocialError(_("Say what is on the image, for whoever cannot see it."), "alt")
    kind, data = _cleaned(content.read(LARGEST + 1))
    path = default_storage.save(f"social/{post.pk}/{uuid.uuid4().hex}.{kind.lower()}", ContentFile(data))
    image = SocialImage.objects.create(
        post=post, path=path, media_type=TYPES[kind], size=len(data), alt=alt.strip()
    )
    _audit(actor, "social_post.image_added", image, clock)
    return image


@transaction.atomic
def describe_image(*, actor: Actor, image_id: int, alt: str, clock: Clock = SYSTEM) -> SocialImage:
    """Changes what is said to be on it. Raises Http404, SocialError."""
    actor.require("social.edit")
    image = queries.social_image_for(actor, image_id)
    draft(actor, image.post_id)
    if image.alt != alt.strip():
        image.alt = alt.strip()
        image.save(update_fields=["alt"])
        _audit(actor, "social_post.image_described", image, clock)
    return image


@transaction.atomic
def remove_image(*, actor: Actor, image_id: int, clock: Clock = SYSTEM) -> None:
    """Raises Http404, SocialError."""
    actor.require("social.edit")
    image = queries.social_image_for(actor, image_id)
    draft(actor, image.post_id)
    _audit(actor, "social_post.image_removed", image, clock)
    path = image.path
    image.delete()
    transaction.on_commit(lambda: default_storage.delete(path))


def _cleaned(data: bytes) -> tuple[str, bytes]:
    """(format, content) without metadata, the right way up. Raises SocialError for what is no image."""
    if len(data) > LARGEST:
        raise SocialError(_("The image is larger than 20 MB."), "image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(TYPES)) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise SocialError(_("The image has too many pixels."), "image")
                image.load()
                return _written(image, data)
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        if isinstance(error, SocialError):
            raise
        raise SocialError(_("That is no image: JPEG, PNG, WebP and GIF are."), "image") from error


def _written(image: Image.Image, data: bytes) -> tuple[str, bytes]:
    kind = image.format or ""
    if kind == "GIF" or getattr(image, "is_animated", False):
        return kind, data  # writing them anew would lose frames; they hold no place
    upright = ImageOps.exif_transpose(image)
    out = io.BytesIO()
    options = {"icc_profile": image.info.get("icc_profile"), "exif": b""}
    upright.save(out, kind, **options, **({"quality": 92} if kind != "PNG" else {"optimize": True}))
    return kind, out.getvalue()


def _audit(actor: Actor, action: str, image: SocialImage, clock: Clock) -> None:
    audit.record(actor=actor, action=action, object_type="social_post", object_id=image.post_id, clock=clock)
