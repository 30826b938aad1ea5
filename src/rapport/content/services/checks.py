"""What to look at in an email before it goes out, in words for its author."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from rapport.content.services.plaintext import from_html
from rapport.core.queries import workspace

CLIPPED = (
    102_000  # bytes: Gmail shows no more of a message's HTML, and hides the way to unsubscribe with the rest
)
LONG_SUBJECT = 70
FEW_WORDS = 20
_IMAGE = re.compile(r"<img\b([^>]*)>", re.IGNORECASE)
_ALT = re.compile(r"\balt=(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_SOURCE = re.compile(r"\bsrc=[\"']([^\"']*)", re.IGNORECASE)
_PLAIN_LINK = re.compile(r"\bhref=[\"'](http://[^\"']+)", re.IGNORECASE)
_SHOUTED = re.compile(r"\b[A-ZÄÖÜ]{4,}\b")
# Wording that filters weigh against the sender (SpamAssassin's and Rspamd's rules for subjects), English and German.
SPAMMY = re.compile(
    r"100\s?% (free|kostenlos)|act now|click here|hier klicken|risk.free|winner|gewonnen|\$\$\$|€€€|!!!|"
    r"no obligation|ohne risiko|earn money|geld verdienen|viagra|casino|guarantee[d]? income",
    re.IGNORECASE,
)


def of_mail(*, subject: str, page: str) -> list[str]:
    """The warnings for a rendered email: `page` is its HTML."""
    return [*_of_subject(subject), *_of_images(page), *_of_page(page)]


def _of_subject(subject: str) -> Iterator[str]:
    if len(subject) > LONG_SUBJECT:
        yield _("The subject has %(n)d characters; telephones show about 40, mail programs about 70.") % {
            "n": len(subject)
        }
    if SPAMMY.search(subject) or subject.count("!") > 1:
        yield _("The subject is worded like spam; filters may hold it back.")
    elif len(shouted := _SHOUTED.findall(subject)) > 1:
        words = _("The subject shouts (%(words)s): filters and readers dislike it.")
        yield words % {"words": ", ".join(shouted[:3])}


def _of_images(page: str) -> Iterator[str]:
    lacking = []
    for attributes in _IMAGE.findall(page):
        source = _SOURCE.search(attributes)
        if not _ALT.search(attributes):
            lacking.append(html.unescape(source[1]) if source else "?")
    if lacking:
        words = _("%(n)d images have no alternative text: %(which)s")
        yield words % {"n": len(lacking), "which": ", ".join(lacking[:3])}


def _of_page(page: str) -> Iterator[str]:
    if (size := len(page.encode())) > CLIPPED:
        words = _("It has %(kb)d kB; Gmail cuts off what is beyond 102 kB, with the way to unsubscribe.")
        yield words % {"kb": size // 1000}
    addresses = [html.unescape(address) for address in _PLAIN_LINK.findall(page)]
    # The ways out are ours: whoever writes the message cannot change them.
    if plain := next((url for url in addresses if not url.startswith(settings.PUBLIC_URL)), ""):
        yield _("A link is not encrypted: %(url)s. Use https://.") % {"url": plain[:100]}
    if _IMAGE.search(page) and len(from_html(page).split()) < FEW_WORDS:
        yield _(
            "It is almost only images: whoever does not load them reads nothing, and filters take it for spam."
        )
    if not workspace().postal_address:
        yield _(
            "The postal address of your business is missing; many countries demand it. Enter it in Settings."
        )
