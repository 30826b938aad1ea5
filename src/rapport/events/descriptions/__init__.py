"""The sentences of the events Rapport knows: Segment's page, e-commerce and e-mail specs, and its own."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rapport.core.ui import formats
from rapport.events.descriptions.messages import message_descriptions
from rapport.events.registry import (
    EVENT_DESCRIPTIONS,
    EVENT_KINDS,
    OTHER,
    EventDescription,
    EventKind,
    Sentence,
)
from rapport.events.wording import money

Data = dict[str, Any]


def text(data: Data, *names: str) -> str:
    """The first of these properties that holds something a person can read; at most 120 characters."""
    for name in names:
        value = data.get(name)
        if isinstance(value, str | int | float | Decimal) and not isinstance(value, bool) and value != "":
            return str(value).strip()[:120]
    return ""


def amount(data: Data, *names: str) -> str:
    """A sum of money as text, or "" when there is none."""
    for name in names:
        if data.get(name) is not None:
            try:
                return money(Decimal(str(data[name])), str(data.get("currency") or ""))
            except (InvalidOperation, ValueError):
                return ""
    return ""


def page_of(properties: Data, context: Data) -> str:
    """A page as people know it: its title, else its path."""
    page = context.get("page")
    page = page if isinstance(page, dict) else {}
    named = text(properties, "title", "name") or text(page, "title")
    return named or text(properties, "path") or text(page, "path") or urlsplit(text(properties, "url")).path


def _named(with_name: Promise, without: Promise, *names: str) -> Sentence:
    """A sentence around one property, and what to say when the event does not carry it."""

    def sentence(properties: Data, _context: Data) -> str:
        sentence_text = text(properties, *names)
        return str(with_name) % {"name": sentence_text} if sentence_text else str(without)

    return sentence


def _plain(words: Promise) -> Sentence:
    return lambda _properties, _context: str(words)


def page_viewed(properties: Data, context: Data) -> str:
    page = page_of(properties, context)
    return _("Viewed %(page)s") % {"page": page} if page else str(_("Viewed a page"))


def products_of(properties: Data) -> int:
    """Pieces in an order or cart; lines without a quantity count as one piece."""
    products = properties.get("products")
    if not isinstance(products, list):
        return 0
    pieces = 0
    for product in products:
        quantity = product.get("quantity", 1) if isinstance(product, dict) else 1
        pieces += int(quantity) if isinstance(quantity, int | float) and quantity > 0 else 1
    return pieces


def order_completed(properties: Data, _context: Data) -> str:
    pieces, total = products_of(properties), amount(properties, "total", "revenue", "value")
    if pieces and total:
        return ngettext(
            "Ordered %(count)s product for %(total)s", "Ordered %(count)s products for %(total)s", pieces
        ) % {"count": formats.number(pieces), "total": total}
    if total:
        return _("Placed an order of %(total)s") % {"total": total}
    return str(_("Placed an order"))


def order_refunded(properties: Data, _context: Data) -> str:
    total, order = amount(properties, "total", "refund", "value"), text(properties, "order_id")
    if total and order:
        return _("Was refunded %(total)s of order %(order)s") % {"total": total, "order": order}
    return _("Was refunded %(total)s") % {"total": total} if total else str(_("Was refunded"))


def product_added(properties: Data, _context: Data) -> str:
    name, quantity = text(properties, "name", "sku", "product_id"), properties.get("quantity")
    if name and isinstance(quantity, int | float) and quantity > 1:
        return _("Added %(count)d × %(name)s to the cart") % {"count": quantity, "name": name}
    return _("Added %(name)s to the cart") % {"name": name} if name else str(_("Added a product to the cart"))


def checkout_started(properties: Data, _context: Data) -> str:
    total = amount(properties, "total", "revenue", "value")
    return _("Started checkout over %(total)s") % {"total": total} if total else str(_("Started checkout"))


def consent(words_of_it: Promise) -> Sentence:
    def sentence(properties: Data, _context: Data) -> str:
        words = {
            "purpose": text(properties, "purpose") or str(_("messages")),
            "channel": text(properties, "channel") or str(_("any channel")),
        }
        return str(words_of_it) % words

    return sentence


def link_clicked(properties: Data, _context: Data) -> str:
    link, campaign = text(properties, "link", "url"), text(properties, "campaign_name", "email_subject")
    shown = urlsplit(link).path.strip("/") or urlsplit(link).netloc
    if shown and campaign:
        return _("Clicked “%(link)s” in “%(campaign)s”") % {"link": shown, "campaign": campaign}
    return (
        _("Clicked a link in “%(campaign)s”") % {"campaign": campaign}
        if campaign
        else str(_("Clicked a link"))
    )


def _mail(with_name: Promise, without: Promise) -> Sentence:
    return _named(with_name, without, "campaign_name", "email_subject", "subject")


def _segment(with_name: Promise, without: Promise) -> Sentence:
    return _named(with_name, without, "segment_name", "segment_key")


_PRODUCT = ("name", "sku", "product_id")
_KINDS = (
    EventKind("visits", _("Visits"), "globe", 10),
    EventKind("commerce", _("Orders and carts"), "shopping-cart", 20),
    EventKind("messages", _("Messages"), "mail", 30),
    EventKind("consent", _("Consent"), "shield-check", 40),
    EventKind("segments", _("Segments"), "chart-pie", 50),
    EventKind("profile", _("Profile"), "user-round", 60),
)
_VISITS: dict[str, tuple[str, Sentence]] = {
    "Page Viewed": ("globe", page_viewed),
    "Screen Viewed": ("smartphone", page_viewed),
    "Products Searched": ("search", _named(_("Searched for “%(name)s”"), _("Searched the shop"), "query")),
    "Product List Viewed": (
        "list",
        _named(_("Browsed %(name)s"), _("Browsed products"), "category"),
    ),
    "Product Viewed": ("eye", _named(_("Viewed %(name)s"), _("Viewed a product"), *_PRODUCT)),
    "Product Clicked": ("eye", _named(_("Opened %(name)s"), _("Opened a product"), *_PRODUCT)),
}
_COMMERCE: dict[str, tuple[str, Sentence]] = {
    "Product Added": ("shopping-cart", product_added),
    "Product Removed": (
        "shopping-cart",
        _named(_("Removed %(name)s from the cart"), _("Removed a product from the cart"), *_PRODUCT),
    ),
    "Cart Viewed": ("shopping-cart", _plain(_("Viewed the cart"))),
    "Checkout Started": ("credit-card", checkout_started),
    "Payment Info Entered": ("credit-card", _plain(_("Entered payment details"))),
    "Order Completed": ("package", order_completed),
    "Order Updated": (
        "package",
        _named(_("Order %(name)s was changed"), _("An order was changed"), "order_id"),
    ),
    "Order Refunded": ("undo-2", order_refunded),
    "Order Cancelled": (
        "circle-x",
        _named(_("Order %(name)s was cancelled"), _("An order was cancelled"), "order_id"),
    ),
    "Coupon Applied": (
        "ticket",
        _named(_("Used the coupon %(name)s"), _("Used a coupon"), "coupon_name", "coupon_id"),
    ),
    "Product Added to Wishlist": (
        "heart",
        _named(_("Added %(name)s to the wish list"), _("Added a product to the wish list"), *_PRODUCT),
    ),
}
_MESSAGES: dict[str, tuple[str, Sentence]] = {
    "Email Sent": ("send", _mail(_("Was sent “%(name)s”"), _("Was sent an email"))),
    "Email Delivered": ("inbox", _mail(_("Received “%(name)s”"), _("Received an email"))),
    "Email Opened": ("mail-open", _mail(_("Opened “%(name)s”"), _("Opened an email"))),
    "Email Link Clicked": ("mouse-pointer-click", link_clicked),
    "Email Bounced": (
        "mail-x",
        _mail(_("“%(name)s” could not be delivered"), _("An email could not be delivered")),
    ),
    "Email Marked as Spam": (
        "triangle-alert",
        _mail(_("Marked “%(name)s” as spam"), _("Marked an email as spam")),
    ),
    "Unsubscribed": ("ban", _mail(_("Unsubscribed from “%(name)s”"), _("Unsubscribed"))),
}
_CONSENT: dict[str, tuple[str, Sentence]] = {
    "Consent Granted": ("shield-check", consent(_("Consented to %(purpose)s by %(channel)s"))),
    "Consent Withdrawn": ("shield", consent(_("Withdrew consent to %(purpose)s by %(channel)s"))),
    "Consent Requested": ("shield", consent(_("Was asked to confirm %(purpose)s by %(channel)s"))),
    "Consent Expired": ("shield", consent(_("Consent to %(purpose)s by %(channel)s expired"))),
}
_SEGMENTS: dict[str, tuple[str, Sentence]] = {
    "Segment Entered": ("log-in", _segment(_("Entered the segment %(name)s"), _("Entered a segment"))),
    "Segment Left": ("log-out", _segment(_("Left the segment %(name)s"), _("Left a segment"))),
}
_PROFILE: dict[str, tuple[str, Sentence]] = {
    "Identified": ("user-check", _plain(_("Identified"))),
    "Signed Up": ("user-plus", _named(_("Signed up through %(name)s"), _("Signed up"), "form", "type")),
    "Signed In": ("log-in", _plain(_("Signed in"))),
    "Signed Out": ("log-out", _plain(_("Signed out"))),
    "Group Joined": (
        "building-2",
        _named(_("Joined %(name)s"), _("Joined a company"), "name", "group_id", "groupId"),
    ),
    "Profile Imported": ("upload", _named(_("Imported from %(name)s"), _("Imported from a file"), "file")),
    "Person Merged": ("git-merge", _plain(_("Merged with another profile"))),
    "Merge Undone": ("undo-2", _plain(_("Merge undone"))),
    "Persons Kept Apart": ("users", _plain(_("Marked as a different person from a similar profile"))),
    "Aliased": ("git-merge", _plain(_("Linked another id"))),
}


def register() -> None:
    """Called once at start; later apps may register more, or say an event better."""
    for kind in (*_KINDS, OTHER):
        EVENT_KINDS.register(kind)
    groups = {
        "visits": _VISITS,
        "commerce": _COMMERCE,
        "messages": _MESSAGES,
        "consent": _CONSENT,
        "segments": _SEGMENTS,
        "profile": _PROFILE,
    }
    for kind_name, group in groups.items():
        for event, (icon, sentence) in group.items():
            EVENT_DESCRIPTIONS.register(EventDescription(event, kind_name, icon, sentence))
    for description in message_descriptions():
        EVENT_DESCRIPTIONS.register(description)
