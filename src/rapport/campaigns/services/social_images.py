"""Images of posts: looked at, freed of what the camera wrote into them, and stored."""

from __future__ import annotations

import uuid
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.campaigns import queries
from rapport.campaigns.models import SocialImage
from rapport.campaigns.services.social_posts import SocialError, draft
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.images import LARGEST, NotAnImage, clean
from rapport.core.services import audit

MOST_IMAGES = 20


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
    try:
        cleaned = clean(content.read(LARGEST + 1))
    except NotAnImage as error:
        raise SocialError(str(error), "image") from error
    path = default_storage.save(
        f"social/{post.pk}/{uuid.uuid4().hex}.{cleaned.extension}", ContentFile(cleaned.content)
    )
    image = SocialImage.objects.create(
        post=post, path=path, media_type=cleaned.media_type, size=len(cleaned.content), alt=alt.strip()
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


def _audit(actor: Actor, action: str, image: SocialImage, clock: Clock) -> None:
    audit.record(actor=actor, action=action, object_type="social_post", object_id=image.post_id, clock=clock)
