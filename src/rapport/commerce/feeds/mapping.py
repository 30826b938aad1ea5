"""Rows of a feed as items of the catalogue, by what its columns were said to mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rapport.commerce.feeds import values
from rapport.commerce.feeds.columns import plain
from rapport.commerce.services import relations
from rapport.commerce.services.items import Item, PriceIn, StockIn, checked
from rapport.transfers.imports import numbers

# Rows of WooCommerce that are a product without being something to buy, and those that are a variant of one.
FRAMES = {"variable", "grouped"}
VARIATIONS = {"variation", "variant"}
PLAIN = ("description", "url", "image", "brand", "category", "sku", "gtin")
EMPTY: tuple[Any, ...] = ("", None, [])


@dataclass(slots=True)
class Mapper:
    """`fields` is {column: field}. `notation` says how decimals are written: auto, point or comma."""

    fields: Mapping[str, str]
    currency: str
    zone: ZoneInfo
    notation: str = "auto"
    _single: dict[str, str] = field(init=False)
    _several: dict[str, list[str]] = field(init=False)
    _related: dict[str, str] = field(init=False)
    _plain: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        several = {"images", "option", "attribute"}
        self._single = {to: column for column, to in self.fields.items() if to not in several}
        self._related = {
            to.removeprefix("related:"): column
            for to, column in self._single.items()
            if to.startswith("related:")
        }
        self._plain = [(name, self._single[name]) for name in PLAIN if name in self._single]
        self._several = {
            kind: [column for column, to in self.fields.items() if to == kind] for kind in several
        }

    def id_of(self, cells: Mapping[str, Any]) -> str:
        """The variant's external id, "" for a row without one."""
        return values.text(cells.get(self._single.get("variant", ""))).replace("\0", "")[:201]

    def item(self, cells: Mapping[str, Any], *, is_new: bool) -> Item:
        """Raises ValidationError by field. What is new to the feed is on sale, also when it was gone before."""
        kind = self._text(cells, "kind").lower()
        variant, parent = self.id_of(cells), self._text(cells, "product").removeprefix("id:")
        title = self._text(cells, "title") or None
        is_variation = kind in VARIATIONS and parent not in ("", variant)
        item = Item(
            product=parent or variant,
            variant="" if kind in FRAMES else variant,
            title=None if is_variation else title,
            label=title if is_variation else None,
            status="active" if is_new else None,
        )
        for name, column in self._plain:
            if text := values.text(cells.get(column)):
                setattr(item, name, text)
        if item.category:
            # Several categories of WooCommerce: the first is the one.
            item.category = item.category.split(", ")[0]
        self._show(item, cells)
        item.relations = None if is_variation else self._relations(cells)
        if kind not in FRAMES:
            self._offer(item, cells)
        return checked(item)

    def _text(self, cells: Mapping[str, Any], name: str) -> str:
        column = self._single.get(name)
        return values.text(cells.get(column)) if column is not None else ""

    def _show(self, item: Item, cells: Mapping[str, Any]) -> None:
        """Images, attributes and options; a feed that has none says nothing of them."""
        main = values.addresses(cells.get(self._single.get("image", ""), ""))
        more = [url for column in self._several["images"] for url in values.addresses(cells.get(column))]
        alt = self._text(cells, "alt")
        if urls := list(dict.fromkeys([*main, *more])):
            item.image = urls[0]
            item.images = [{"url": url, "alt": alt if url == urls[0] else ""} for url in urls]
        given = {name: cells.get(column) for name, column in self._named("attribute")}
        if attributes := {name: value for name, value in given.items() if value not in EMPTY}:
            item.attributes = attributes
        options = {name: values.text(cells.get(column)) for name, column in self._named("option")}
        if options := {name: value for name, value in options.items() if value}:
            item.options = options
            item.label = item.label or " / ".join(options.values())[:200]

    def _named(self, kind: str) -> Iterator[tuple[str, str]]:
        """The columns of several that are of a kind, each with its name as it is kept."""
        return ((plain(column), column) for column in self._several[kind])

    def _relations(self, cells: Mapping[str, Any]) -> dict[str, list[str]] | None:
        """A column that is there and empty says that there are none."""
        if not self._related:
            return None
        named = {kind: values.references(cells.get(column)) for kind, column in self._related.items()}
        return relations.checked(named)

    def _offer(self, item: Item, cells: Mapping[str, Any]) -> None:
        currency = self._text(cells, "currency").upper()
        if self._text(cells, "price"):
            listed, named = values.amount(
                cells[self._single["price"]], "price", self.notation, currency or self.currency
            )
            price = PriceIn(amount=listed, currency=named or currency or self.currency)
            if self._text(cells, "sale_price"):
                lower, lower_named = values.amount(
                    cells[self._single["sale_price"]], "sale_price", self.notation, price.currency
                )
                if lower_named and lower_named != price.currency:
                    raise ValidationError(
                        {"sale_price": _("The sale price is in another currency than the price.")}
                    )
                price.sale_amount = lower
                price.sale_from, price.sale_until = values.period(self._text(cells, "sale_dates"), self.zone)
            price.price_list, price.customer_group = (
                self._text(cells, "price_list"),
                self._text(cells, "customer_group"),
            )
            item.prices = [price]
        if self._text(cells, "cost"):
            item.cost, named = values.amount(
                cells[self._single["cost"]], "cost", self.notation, currency or self.currency
            )
            item.cost_currency = named or currency or self.currency
        item.stock = self._stock(cells)

    def _stock(self, cells: Mapping[str, Any]) -> list[StockIn]:
        state, counted = self._text(cells, "availability"), self._text(cells, "quantity")
        if not state and not counted:
            return []
        number = values.count(counted) if counted else None
        word = values.availability(state) if state else ""
        if word in {"gone", "later"}:
            number = 0  # what the shop does not sell now is not there, however many lie in store
        later = self._text(cells, "available_from")
        at = values.moment(later, self.zone, "available_from") if later and word == "later" else None
        return [StockIn(available=number, place=self._text(cells, "place"), incoming_at=at)]


def reasons(error: ValidationError) -> str:
    """Why a row was not taken, field by field."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        f"{name}: {message}" for name, messages in error.message_dict.items() for message in messages
    )


def notation_of(rows: Sequence[Mapping[str, Any]], fields: Mapping[str, str]) -> str:
    """How the amounts of these rows are written; `auto` where the rows do not tell."""
    columns = [column for column, to in fields.items() if to in {"price", "sale_price", "cost"}]
    cells = [values.text(row.get(column)) for row in rows for column in columns]
    judged = numbers.notation_of(cell for cell in cells if cell)
    return judged if judged in numbers.NOTATIONS else "auto"
