"""A version of a landing page as HTML: for whoever is unknown the same, and personal for whoever is recognised."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from rapport.commerce.queries import product_cards
from rapport.content.landing import definitions
from rapport.content.landing.definitions import Block, Definition, Entry
from rapport.content.landing.models import LandingPage, LandingVersion
from rapport.content.queries import brand
from rapport.content.services.brand_values import values_of
from rapport.content.services.liquid import Program, one_budget
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import Recipient, workspace_context
from rapport.content.web import drawing as forms
from rapport.content.web.definitions import is_safe_target
from rapport.content.web.models import WebForm
from rapport.content.web.queries import live_forms
from rapport.core import crypto
from rapport.core.process_cache import kept_for
from rapport.core.queries import workspace
from rapport.core.services import branding
from rapport.people.models import Person


@dataclass(frozen=True)
class Visit:
    """Who looks, as far as that is recorded, and what the address brought. `place` names the page to its forms."""

    person: Person | None = None
    segments: frozenset[str] = frozenset()
    visitor: str = ""
    recorded: frozenset[str] = frozenset()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""


@dataclass
class DrawnBlock:
    """A block with its texts filled in."""

    block: Block
    eyebrow: str
    title: str
    text: str
    label: str
    entries: list[Entry]
    url: str
    image: str
    cards: list[dict[str, Any]]
    form: forms.Drawn | None
    until: dt.datetime | None

    @property
    def template(self) -> str:
        return f"content/landing/blocks/{self.block.kind}.html"


@dataclass(frozen=True)
class Look:
    """What pages have of the business. `mark` changes with it."""

    values: dict[str, str]
    business: dict[str, Any]
    address: str
    zone: str
    mark: str


@kept_for(10.0)
def look() -> Look:
    row, own = brand(), workspace()
    address = own.postal_address if not row.footer else row.footer
    values = values_of(row)
    mark = f"{row.version}.{hash((own.name, own.postal_address, own.time_zone, tuple(values.items())))}"
    return Look(values, workspace_context(own, own.name), address, own.time_zone, mark)


def open_forms(definition: Definition) -> dict[str, WebForm]:
    """The forms in it that take answers, by key."""
    if not definition.forms:
        return {}
    with suppress(WebForm.DoesNotExist):
        return {row.key: row for row in live_forms(tuple(definition.forms))}
    return {}


def draw(
    page: LandingPage,
    version: LandingVersion,
    open_: Mapping[str, WebForm],
    visit: Visit,
    now: dt.datetime,
    *,
    is_preview: bool = False,
) -> str:
    """The whole page."""
    definition, business = definitions.read(version.definition), look()
    context = _context(visit.person, business)
    language = version.language or translation.get_language() or settings.LANGUAGE_CODE
    with translation.override(language), one_budget():
        blocks = [
            _drawn(block, context, open_, visit, now, language)
            for block in definition.blocks
            if is_preview or not block.segment or block.segment in visit.segments
        ]
        blocks = [drawn for drawn in blocks if is_preview or drawn.cards or drawn.block.kind != "products"]
        values = {
            "page": page, "version": version, "definition": definition, "blocks": blocks, "look": business,
            "language": language, "address": address_of(page), "canonical": definition.canonical or address_of(page),
            "is_preview": is_preview, "visit": visit, "has_form": any(block.form for block in blocks),
            "title": _filled(definition.title, context) or page.name,
            "has_legal": any(drawn.block.kind == "footer" for drawn in blocks),
            "image": _absolute(definition.image), "logo": business.values["logo"],
            "has_countdown": any(block.until for block in blocks),
        }  # fmt: skip
        return render_to_string("content/landing/page.html", values)


def address_of(page: LandingPage) -> str:
    """Where visitors find it."""
    if page.host:
        return f"https://{page.host}/{'' if page.slug == 'home' else page.slug}"
    return f"{settings.PUBLIC_URL}/p/{page.slug}"


def _context(person: Person | None, business: Look) -> dict[str, Any]:
    own = Recipient(person.pk, person.name, person.email, person.traits).context() if person else {}
    return {"person": own, "workspace": business.business}


def _drawn(
    block: Block,
    context: dict[str, Any],
    open_: Mapping[str, WebForm],
    visit: Visit,
    now: dt.datetime,
    language: str,
) -> DrawnBlock:
    until = definitions.until(block) if block.kind == "countdown" else None
    return DrawnBlock(
        block,
        eyebrow=_filled(block.eyebrow, context),
        title=_filled(block.title, context),
        text=_filled(block.text, context),
        label=_filled(block.label, context),
        entries=[
            Entry(_filled(entry.title, context), _filled(entry.text, context)) for entry in block.entries
        ],
        url=block.url if block.url.startswith("#") or is_safe_target(block.url) else "",
        image=block.image if is_safe_target(block.image) else "",
        cards=_cards(block, now, language),
        form=_form(open_.get(block.form), visit, now, language),
        until=until.replace(tzinfo=ZoneInfo(look().zone)) if until else None,
    )


def _form(row: WebForm | None, visit: Visit, now: dt.datetime, language: str) -> forms.Drawn | None:
    if row is None:
        return None
    filled = forms.Filled(
        parameters=visit.parameters, visitor=visit.visitor, recorded=visit.recorded, is_shared=True,
        place=visit.place,
    )  # fmt: skip
    tags = (language, language.split("-", maxsplit=1)[0])
    chosen = next((tag for tag in tags if tag in row.translations or tag == row.language), row.language)
    return forms.draw(row, chosen, filled, now)


def _cards(block: Block, now: dt.datetime, language: str) -> list[dict[str, Any]]:
    if block.kind != "products":
        return []
    if block.source == "chosen":
        by_key = product_cards.by_key(block.keys, now, language)
        return [by_key[key] for key in block.keys if key in by_key][: product_cards.MOST]
    if block.source == "top":
        # A page stays up while the store of events is away.
        with suppress(ClickHouseError):
            return product_cards.top(now, language)[:8]
    return product_cards.newest(now, language)[:8]


def _filled(text: str, context: dict[str, Any]) -> str:
    """What a text says of this person; nothing where it fails for them."""
    if "{" not in text:
        return text
    try:
        return _program(text).render(context)
    except TemplateError:
        return ""


@functools.lru_cache(maxsize=2_000)
def _program(text: str) -> Program:
    return Program(text)


def _absolute(address: str) -> str:
    return settings.PUBLIC_URL + address if address.startswith("/") else address


def visit_of(person: Person | None, segments: frozenset[str], visitor: str, **more: Any) -> Visit:
    if person is None:
        return Visit(visitor=visitor, **more)
    own = {name for name in ("email", "phone", "name") if getattr(person, name, "")}
    recorded = frozenset({name for name, value in person.traits.items() if value not in ("", None)} | own)
    return Visit(person, segments, visitor, recorded, **more)


def unit_of(page_id: uuid.UUID, *signs: str) -> str:
    """Whom a test draws by where nobody may be recognised: a number of network and browser, for this page only."""
    message = "\0".join([str(page_id), *signs]).encode()
    return "web-" + crypto.digest(crypto.sign("landing-unit", message))[:32]


def accents(color: str) -> str:
    """The brand's colour as text and buttons can have it, by day and by night."""
    return branding.stylesheet(color).removeprefix(":root{").removesuffix("}")
