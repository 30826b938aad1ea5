"""What a feed, the API or a page says of one variant and its product, checked before anything is written."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rapport.commerce.category_paths import category_path
from rapport.commerce.models import Product
from rapport.core.money import MoneyError, currency_code, exact

LONGEST = {
    "product": 200, "variant": 200, "title": 500, "url": 2000, "brand": 200, "category": 1000, "sku": 200,
    "label": 200, "image": 2000, "description": 50_000,
}  # fmt: skip
MOST_IMAGES = 50
_CHOICES = {"type": Product.Type.values, "status": Product.Status.values}
MOST_JSON = 50_000
LARGEST_COUNT = 2**31 - 1
_json = msgspec.json.Encoder().encode
_WEB = re.compile(r"https?://[^/?#\s]")


class PriceIn(msgspec.Struct, kw_only=True):
    """A price of a variant. Without a sale amount there is no sale."""

    amount: Decimal
    currency: str
    sale_amount: Decimal | None = None
    sale_from: dt.datetime | None = None
    sale_until: dt.datetime | None = None
    price_list: str = ""
    customer_group: str = ""


class StockIn(msgspec.Struct, kw_only=True):
    """How many there are at a place; null: some."""

    available: int | None
    place: str = ""
    incoming: int = 0
    incoming_at: dt.datetime | None = None


class Item(msgspec.Struct, kw_only=True):
    """One variant with its product, by their external ids. What is None stays as it is; nothing is taken away that
    is not named. Without a variant the row is about the product alone.
    """

    product: str
    variant: str
    title: str | None = None
    description: str | None = None
    url: str | None = None
    brand: str | None = None
    category: str | None = None
    type: str | None = None
    status: str | None = None
    images: list[dict[str, str]] | None = None
    attributes: dict[str, Any] | None = None
    texts: dict[str, dict[str, str]] | None = None
    # {kind: ids or SKUs of others}; a kind that is named is replaced.
    relations: dict[str, list[str]] | None = None
    sku: str | None = None
    gtin: str | None = None
    label: str | None = None
    options: dict[str, str] | None = None
    image: str | None = None
    cost: Decimal | None = None
    cost_currency: str | None = None
    low_stock_at: int | None = None
    prices: list[PriceIn] = []
    stock: list[StockIn] = []


def checked(item: Item) -> Item:
    """The item as it is kept. Raises ValidationError, which names the field."""
    for name, longest in LONGEST.items():
        value = getattr(item, name)
        if value is not None:
            value = (value.replace("\0", "") if "\0" in value else value).strip()
            if len(value) > longest:
                raise ValidationError({name: _("At most %(n)d characters.") % {"n": longest}})
            setattr(item, name, value)
    if not item.product:
        raise ValidationError({"id": _("Every row needs the id of its product.")})
    if item.category:
        item.category = category_path(item.category)
    if item.gtin:
        item.gtin = gtin(item.gtin)
    for name, choices in _CHOICES.items():
        value = getattr(item, name)
        if value is not None and value not in choices:
            raise ValidationError({name: _("None of %(kinds)s.") % {"kinds": ", ".join(choices)}})
    _check_shown(item)
    for price in item.prices:
        _check_price(price)
    for stock in item.stock:
        _check_stock(stock)
    return item


def _check_shown(item: Item) -> None:
    if item.images is not None:
        item.images = [_image(image) for image in item.images[:MOST_IMAGES]]
    if item.url and not _is_web(item.url):
        raise ValidationError({"url": _("A web address begins with https:// and has a host.")})
    for name in ("attributes", "options", "texts"):
        if (value := getattr(item, name)) and len(_json(value)) > MOST_JSON:
            raise ValidationError({name: _("At most %(n)d characters.") % {"n": MOST_JSON}})
    if item.image and not _is_web(item.image):
        raise ValidationError({"image": _("A web address begins with https:// and has a host.")})
    if not 0 <= (item.low_stock_at or 0) <= LARGEST_COUNT:
        raise ValidationError({"low_stock_at": _("That many there cannot be.")})
    if item.cost is not None:
        item.cost, item.cost_currency = _amount("cost", item.cost), _currency(item.cost_currency or "")


def gtin(text: str) -> str:
    """A GTIN-8, -12, -13 or -14 by its digits. Raises ValidationError for a wrong check digit.

    Spreadsheets drop leading zeros: what is right with them is taken with them.
    """
    digits = re.sub(r"[\s-]", "", text)
    if digits.isdecimal() and 6 <= len(digits) <= 14:
        padded = digits.zfill(next(size for size in (8, 12, 13, 14) if size >= len(digits)))
        weighed = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(padded[-2::-1]))
        if (weighed + int(padded[-1])) % 10 == 0:
            return padded
    raise ValidationError(
        {"gtin": _("“%(value)s” is no GTIN: its check digit is wrong.") % {"value": text[:20]}}
    )


def _is_web(address: str) -> bool:
    return bool(_WEB.match(address))


def _image(image: dict[str, str]) -> dict[str, str]:
    url = str(image.get("url", "")).strip()
    if not _is_web(url) or len(url) > 2000:
        raise ValidationError({"images": _("A web address begins with https:// and has a host.")})
    return {"url": url, "alt": str(image.get("alt", "")).replace("\0", "").strip()[:500]}


def _check_price(price: PriceIn) -> None:
    price.sale_from, price.sale_until = _zoned(price.sale_from), _zoned(price.sale_until)
    price.amount, price.currency = _amount("price", price.amount), _currency(price.currency)
    if price.sale_amount is not None:
        price.sale_amount = _amount("sale_price", price.sale_amount)
        if price.sale_amount >= price.amount:  # the list price is asked
            price.sale_amount = None
    if price.sale_amount is None:
        price.sale_from = price.sale_until = None
    if price.sale_from and price.sale_until and price.sale_until <= price.sale_from:
        raise ValidationError({"sale_price": _("The sale ends before it begins.")})
    price.price_list, price.customer_group = price.price_list.strip()[:64], price.customer_group.strip()[:64]


def _zoned(at: dt.datetime | None) -> dt.datetime | None:
    """In UTC, where no zone is named."""
    return at.replace(tzinfo=dt.UTC) if at and at.tzinfo is None else at


def _check_stock(stock: StockIn) -> None:
    if not all(abs(count) <= LARGEST_COUNT for count in (stock.available or 0, stock.incoming)):
        raise ValidationError({"stock": _("That many there cannot be.")})
    stock.incoming_at = _zoned(stock.incoming_at)
    stock.place = stock.place.strip()[:64]


@lru_cache(maxsize=20_000)
def _amount(field: str, amount: Decimal) -> Decimal:
    try:
        value = exact(amount)
    except MoneyError as error:
        raise ValidationError({field: str(error)}) from error
    if value < 0:
        raise ValidationError({field: _("A price cannot be negative.")})
    return value


def _currency(code: str) -> str:
    try:
        return currency_code(code)
    except MoneyError as error:
        raise ValidationError({"currency": str(error)}) from error
