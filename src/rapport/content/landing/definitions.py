"""What a landing page consists of, and what makes one usable. Nothing here reads or writes the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from django.utils.translation import gettext as _

from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError
from rapport.content.web.definitions import is_safe_target

Kind = Literal[
    "hero", "text", "features", "image", "products", "form", "testimonials", "faq", "countdown", "button", "footer"
]  # fmt: skip
Layout = Literal["centre", "split", "cover"]
Tone = Literal["plain", "tinted", "accent"]
Source = Literal["newest", "top", "chosen"]
MOST_BLOCKS, MOST_ENTRIES, MOST_TEXT = 40, 24, 5_000
Problems = dict[str, list[str]]


class Entry(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A question with its answer, a voice with its name, an advantage with its reason."""

    title: str
    text: str = ""


class Block(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One part of a page; which fields count depends on `kind`. `segment` is the key of the only one that sees it.

    Texts are Liquid over `person` and `workspace`. `until` is a local date and time of the business.
    """

    kind: Kind
    layout: Layout = "centre"
    tone: Tone = "plain"
    eyebrow: str = ""
    title: str = ""
    text: str = ""
    label: str = ""
    url: str = ""
    image: str = ""
    alt: str = ""
    form: str = ""
    until: str = ""
    source: Source = "newest"
    keys: list[str] = []
    entries: list[Entry] = []
    segment: str = ""

    @property
    def texts(self) -> list[str]:
        """All that is Liquid."""
        own = [self.eyebrow, self.title, self.text, self.label]
        return own + [text for entry in self.entries for text in (entry.title, entry.text)]


class Definition(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """`title`, `description` and `image` are what search engines and social networks show."""

    title: str = ""
    description: str = ""
    image: str = ""
    canonical: str = ""
    is_hidden: bool = False
    in_sitemap: bool = False
    blocks: list[Block] = []

    @property
    def forms(self) -> list[str]:
        """The keys of the forms in it, each once."""
        return list(dict.fromkeys(block.form for block in self.blocks if block.form))


def read(raw: Any) -> Definition:
    """Raises msgspec.ValidationError, which says where."""
    return msgspec.convert(raw, Definition)


def written(definition: Definition) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(definition)
    return plain


def problems(definition: Definition, forms: set[str]) -> Problems:
    """{place: what is wrong}; a place is the number of a block, from 0, or `page`."""
    by_place: Problems = {}
    for place, text in _problems(definition, forms):
        by_place.setdefault(place, []).append(text)
    return by_place


def _problems(definition: Definition, forms: set[str]) -> Iterator[tuple[str, str]]:
    if len(definition.blocks) > MOST_BLOCKS:
        yield "page", _("At most %(limit)d blocks.") % {"limit": MOST_BLOCKS}
    for address in (definition.image, definition.canonical):
        if not is_safe_target(address):
            yield "page", _("An address begins with https://, or with / for a page of this installation.")
    for number, block in enumerate(definition.blocks):
        yield from ((str(number), text) for text in _block_problems(block, forms))


def _block_problems(block: Block, forms: set[str]) -> Iterator[str]:
    for address in (block.url, block.image):
        if not is_safe_target(address) and not address.startswith("#"):
            yield _("An address begins with https://, or with / for a page of this installation.")
    if block.image and not block.alt.strip() and block.kind == "image":
        yield _("Say in words what the picture shows.")
    if block.form and block.form not in forms:
        yield _("There is no such form.")
    if block.kind == "form" and not block.form:
        yield _("Choose a form.")
    if block.label and not block.url:
        yield _("A button needs an address.")
    if block.kind == "countdown" and until(block) is None:
        yield _("Enter the day and the time until which it counts.")
    if len(block.entries) > MOST_ENTRIES:
        yield _("At most %(limit)d entries.") % {"limit": MOST_ENTRIES}
    for text in block.texts:
        if len(text) > MOST_TEXT:
            yield _("At most %(limit)d characters.") % {"limit": MOST_TEXT}
        try:
            Program(text)
        except TemplateError as error:
            yield str(error)


def until(block: Block) -> dt.datetime | None:
    """Without a zone: in that of the business. One that names a zone is none."""
    try:
        moment = dt.datetime.fromisoformat(block.until)
    except ValueError:
        return None
    return None if moment.tzinfo else moment
