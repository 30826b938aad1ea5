"""What keeps a post from being published over an account, found before anybody is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.campaigns import queries
from rapport.campaigns.models import SocialImage, SocialPublication


@dataclass(frozen=True, slots=True)
class Measured:
    """How long a text is on one network, how long it may be, and what is wrong with the post there."""

    length: int
    most: int
    problems: Sequence[str]

    @property
    def left(self) -> int:
        return self.most - self.length


def measure(publication: SocialPublication, images: Sequence[SocialImage]) -> Measured:
    """A publication with these images, by the limits of its account."""
    account = publication.account
    network, text = queries.network_of(account), publication.whole_text
    limits, length = network.limits(account.details), network.length(text, account.details)
    problems: list[str] = []
    if not text.strip() and not images:
        problems.append(_("There is no text and no image."))
    if length > limits.length:
        over = length - limits.length
        words = ngettext(
            "The text is %(n)d character too long.", "The text is %(n)d characters too long.", over
        )
        problems.append(words % {"n": over})
    if len(images) > limits.images:
        problems.append(_("At most %(n)d images are possible.") % {"n": limits.images})
    for image in images:
        problems += _of_image(image, limits.image_types, limits.image_bytes, limits.alt)
    if account.disabled_at:
        problems.append(_("The account is not in use."))
    return Measured(length, limits.length, list(dict.fromkeys(problems)))


def _of_image(image: SocialImage, types: frozenset[str], most_bytes: int, most_alt: int) -> list[str]:
    problems = []
    if not image.alt.strip():
        problems.append(_("An image has no alternative text."))
    if len(image.alt) > most_alt:
        problems.append(_("An alternative text is longer than %(n)d characters.") % {"n": most_alt})
    if image.media_type not in types:
        kind = image.media_type.rpartition("/")[2].upper()
        problems.append(_("Images of the type %(kind)s are not taken.") % {"kind": kind})
    if image.size > most_bytes:
        problems.append(_("An image is larger than %(size)s.") % {"size": filesizeformat(most_bytes)})
    return problems
