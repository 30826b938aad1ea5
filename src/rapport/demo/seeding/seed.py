"""What somebody would set up on his first day: the business, its sources, segments, templates and a first campaign.

Everything goes through the services that the pages and the API use, and only what is missing is made, so a
second start changes nothing that somebody has edited.
"""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction

from rapport.campaigns.models import Campaign
from rapport.campaigns.services import campaigns
from rapport.channels.email.services import senders
from rapport.commerce.services import products as product_services
from rapport.commerce.services.items import Item, PriceIn, StockIn, checked
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.core import crypto
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock, VirtualClock
from rapport.core.models import User
from rapport.core.queries import workspace
from rapport.core.services import keys, users
from rapport.core.services.workspace import WorkspaceDetails, change_workspace
from rapport.demo.seeding import catalogue as shop_catalogue
from rapport.demo.seeding import histories, load
from rapport.demo.seeding.capture_client import API_KEY
from rapport.events.models import Source
from rapport.events.services import sources
from rapport.governance.models import Purpose
from rapport.segments.computed.language import recipes
from rapport.segments.computed.services import traits as computed
from rapport.segments.lifecycle.services import stages as lifecycle
from rapport.segments.lifecycle.services.defaults import proposals
from rapport.segments.lifecycle.services.stages import StageIn
from rapport.segments.models import ComputedTrait, Lifecycle, Segment
from rapport.segments.services import recompute, segments

TEMPLATES = Path(__file__).parent / "templates"
NAME = "Lantern & Thistle"
OWNER = "owner@lantern-and-thistle.example.com"
WEBSITE, SERVER = f"{NAME} website", f"{NAME} shop server"
NEWSLETTER = {"consent": "newsletter", "channel": "email"}

# key, name, description, definition
SEGMENTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "newsletter-readers",
        "Newsletter readers",
        "Consented to the newsletter by email.",
        NEWSLETTER,
    ),
    (
        "vip",
        "VIP",
        "Three orders or more in the last 90 days.",
        {"did": "Order Completed", "at_least": 3, "within": "90d"},
    ),
    (
        "big-baskets",
        "Big baskets",
        "An order above £500 in the last 30 days.",
        {
            "did": "Order Completed",
            "at_least": 1,
            "within": "30d",
            "where": [{"property": "total", "gt": 500}],
        },
    ),
    (
        "lapsed",
        "Lapsed customers",
        "Ordered before, but not within the last 180 days.",
        {
            "all": [
                {"did": "Order Completed", "at_least": 1},
                {"did_not": "Order Completed", "within": "180d"},
            ]
        },
    ),
    (
        "left-a-basket",
        "Left a basket",
        "Put something into the basket in the last 14 days and did not order.",
        {"all": [{"did": "Product Added", "within": "14d"}, {"did_not": "Order Completed", "within": "14d"}]},
    ),
    (
        "loyal-readers",
        "VIP readers",
        "VIPs who consented to the newsletter.",
        {"all": [{"in_segment": "vip"}, NEWSLETTER]},
    ),
)

TRAITS = (
    "lifetime_value",
    "orders_365",
    "average_order_value",
    "last_order_at",
    "products_bought",
    "first_source",
)


class Login(msgspec.Struct):
    """Who to sign in as. `password` is "" when somebody has changed or removed the note of it."""

    email: str
    password: str


def seed_shop() -> None:
    """Names the business and gives its shop the write keys. Needed before events are sent."""
    actor = system("demo")
    row = workspace()
    if row.name == "My business":
        change_workspace(
            actor=actor,
            details=WorkspaceDetails(
                name=NAME,
                time_zone="Europe/London",
                country="GB",
                currency="GBP",
                postal_address="1 Example Street, London",
            ),
        )
        for stream, address in (("marketing", "news"), ("transactional", "orders")):
            senders.set_sender(
                actor=actor,
                stream=stream,
                name=NAME,
                address=f"{address}@lantern-and-thistle.example.com",
                reply_to="hello@lantern-and-thistle.example.com",
            )
    website = _source(actor, WEBSITE, "website", [settings.PUBLIC_URL])
    server = _source(actor, SERVER, "server", [])
    shop = load.prepare(website_key=website.write_key, server_key=server.write_key)
    if not shop.api_key:
        _key, secret = keys.create(
            actor=actor,
            name=SERVER,
            scopes=["products.edit", "coupons.redeem", "gift_cards.redeem", "people.view", "loyalty.view"],
        )
        shop.api_key = crypto.seal(API_KEY, secret)
        shop.save(update_fields=["api_key"])


def seed_workspace() -> None:
    """Segments, templates and a campaign that only waits to be sent. After the history, to be computed once."""
    actor = system("demo")
    _products(actor)
    _segments(actor)
    _traits(actor)
    _template(actor, "Welcome", "Welcome to Lantern & Thistle", "A newsletter every other Thursday.")
    newsletter = _template(
        actor, "Newsletter", "Candles for long evenings", "Three lanterns that came back, and one tin."
    )
    if not Campaign.objects.filter(name="Candles for long evenings").exists():
        campaigns.create_campaign(
            actor=actor,
            name="Candles for long evenings",
            segment=Segment.objects.get(key="newsletter-readers"),
            template=newsletter,
            purpose=Purpose.objects.get(key="newsletter"),
        )


def _products(actor: Actor) -> None:
    """What the shop sells, as its feed would bring it; how many lie in store is made up from the code."""
    catalogue = product_services.catalogue()
    if catalogue.products.exists():
        return
    items = []
    sold = list(shop_catalogue.products().values())
    for product in sold:
        price = PriceIn(amount=product.price, currency="GBP")
        alike = [other.code for other in sold if other.picture == product.picture and other != product][:4]
        picture = f"{settings.PUBLIC_URL}/shop/pictures/{product.picture}-{product.tint}.svg"
        items.append(
            checked(
                Item(
                    product=product.code, variant=product.code, sku=product.code, title=product.name, brand=NAME,
                    category=shop_catalogue.CATEGORIES[product.category], prices=[price],
                    url=f"{settings.PUBLIC_URL}/shop/p/{product.code}/",
                    images=[{"url": picture, "alt": product.name}],
                    stock=[StockIn(available=shop_catalogue.first_stock(product.code))],
                    relations={"similar": alike},
                )
            )
        )  # fmt: skip
    product_services.put(actor=actor, shop=catalogue, items=items, announce=False)


@transaction.atomic
def _segments(actor: Actor, clock: Clock = SYSTEM) -> None:
    """The segments, and the lifecycle as it is proposed, as if they had been there for the last weeks."""
    began = VirtualClock(clock.now() - dt.timedelta(days=histories.DAYS))
    present = set(Segment.objects.values_list("key", flat=True))
    new = [
        segments.create_segment(
            actor=actor, key=key, name=name, description=description, definition=definition, clock=began
        )
        for key, name, description, definition in SEGMENTS
        if key not in present
    ]
    if not Lifecycle.objects.exists():
        stages = [StageIn(p.name, p.rule, p.key, p.description, p.tone) for p in proposals()]
        lifecycle.save_stages(actor=actor, stages=stages, clock=began)
    histories.seed(new, clock.now())
    # What their first computation finds is their beginning and no growth: it begins now.
    recompute.request([segment.pk for segment in new])


def _traits(actor: Actor) -> None:
    """A few of the usual computed traits."""
    present = set(ComputedTrait.objects.values_list("key", flat=True))
    for usual in recipes.recipes():
        if usual.key in TRAITS and usual.key not in present:
            computed.create_trait(
                actor=actor,
                key=usual.key,
                name=str(usual.name),
                description=str(usual.description),
                definition=usual.definition,
            )


def seed_owner(password: str = "") -> Login:
    """The user to sign in as. The password is random unless given, and noted in the data folder for the owner."""
    note = Path(settings.DATA) / "demo-login.json"
    if User.objects.filter(email=OWNER).exists():
        login = msgspec.json.decode(note.read_bytes(), type=Login) if note.exists() else Login(OWNER, "")
        user = User.objects.get(email=OWNER)
        return login if login.password and user.check_password(login.password) else Login(OWNER, "")
    login = Login(OWNER, password or secrets.token_urlsafe(12))
    users.create_user(
        actor=system("demo"), email=OWNER, roles=["owner"], name="Demo owner", password=login.password
    )
    note.touch(mode=0o600)
    note.write_bytes(msgspec.json.encode(login))
    return login


def _source(actor: Actor, name: str, kind: str, origins: list[str]) -> Source:
    source = Source.objects.filter(name=name).first()
    if source is None:
        return sources.create_source(actor=actor, name=name, kind=kind, allowed_origins=origins)
    if missing := [origin for origin in origins if origin not in source.allowed_origins]:
        origins = [*source.allowed_origins, *missing]  # started on another port this time
        return sources.edit_source(
            actor=actor, source_id=source.pk, name=name, kind=source.kind, allowed_origins=origins
        )
    return source


def _template(actor: Actor, name: str, subject: str, preheader: str) -> Template:
    template = Template.objects.filter(name=name).first()
    if template is None:
        mjml = (TEMPLATES / f"{name.lower()}.mjml").read_text().replace("SHOP/", f"{settings.PUBLIC_URL}/")
        template = templates.create_template(
            actor=actor, name=name, subject=subject, preheader=preheader, mjml=mjml
        )
        templates.publish(actor=actor, template_id=template.pk)
    return template
