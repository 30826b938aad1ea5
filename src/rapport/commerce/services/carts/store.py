"""Writes folded carts, and reads the orders that may have ended them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rapport.commerce.models import Cart, Order
from rapport.commerce.services.carts.fold import CartState, OrderMark, fold
from rapport.commerce.services.order_facts.copying import replace
from rapport.commerce.services.order_facts.stored import StoredFact, home_of, in_time
from rapport.commerce.services.order_facts.structs import FactLine

COLUMNS = (
    "id", "subject", "number", "store", "external_id", "person_id", "home", "state", "opened_at", "changed_at",
    "checkout_at", "checkout_step", "order_id", "currency", "total", "items", "lines", "coupons", "version",
    "abandoned_version", "waiting_since",
)  # fmt: skip
OPEN = (Cart.State.OPEN, Cart.State.CHECKOUT, Cart.State.ABANDONED)


def touched_by(order_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """The subjects of the carts that these orders may end."""
    if not order_ids:
        return set()
    orders = list(Order.objects.filter(pk__in=order_ids).values_list("person_id", "cart_ref"))
    people, refs = {person for person, _ in orders if person}, {ref for _, ref in orders if ref}
    carts = Cart.objects.filter(person_id__in=people, state__in=OPEN).values_list("subject", flat=True)
    subjects = set(carts)
    if refs:
        subjects |= set(Cart.objects.filter(external_id__in=refs).values_list("subject", flat=True))
    return subjects


def write(
    stored_facts: Mapping[uuid.UUID, Sequence[StoredFact]],
    people: Mapping[uuid.UUID, uuid.UUID],
    *,
    currency: str,
) -> None:
    """Folds and writes the carts of these subjects, in the caller's transaction."""
    if not stored_facts:
        return
    homes = {subject: home_of(in_time(stored), frozenset()) for subject, stored in stored_facts.items()}
    persons = {subject: people.get(home) if home else None for subject, home in homes.items()}
    marks = _orders(stored_facts, {person for person in persons.values() if person})
    abandoned_versions = _abandoned(stored_facts)
    states: list[CartState] = []
    for subject, stored in stored_facts.items():
        person, first = persons[subject], stored[0]
        of_person = marks[("person", str(person))] if person else []
        of_cart = marks[(first.store, first.external_id)] if first.external_id else []
        states += fold(stored, [*of_cart] if first.external_id else of_person)
    rows = [_row(state, persons[state.subject], abandoned_versions, currency) for state in states]
    replace("commerce_cart", COLUMNS, rows)
    kept = {state.id for state in states}
    Cart.objects.filter(subject__in=list(stored_facts)).exclude(pk__in=kept).delete()


def _orders(
    stored_facts: Mapping[uuid.UUID, Sequence[StoredFact]], persons: set[uuid.UUID]
) -> dict[tuple[str, str], list[OrderMark]]:
    refs = {stored[0].external_id for stored in stored_facts.values() if stored[0].external_id}
    placed = Order.objects.exclude(state__in=(Order.State.INCOMPLETE, Order.State.REFUND_ONLY))
    columns = ("id", "placed_at", "cart_ref", "person_id", "store")
    marks: dict[tuple[str, str], list[OrderMark]] = defaultdict(list)
    for pk, at, ref, person, _store in placed.filter(person_id__in=persons).values_list(*columns):
        marks[("person", str(person))].append(OrderMark(pk, at, ref))
    for pk, at, ref, _person, store in placed.filter(cart_ref__in=refs).values_list(*columns) if refs else ():
        marks[(store, ref)].append(OrderMark(pk, at, ref))
    return marks


def _abandoned(stored_facts: Mapping[uuid.UUID, Sequence[StoredFact]]) -> dict[uuid.UUID, str]:
    rows = Cart.objects.filter(subject__in=list(stored_facts)).exclude(abandoned_version="")
    return dict(rows.values_list("pk", "abandoned_version"))


def _row(
    cart: CartState, person: uuid.UUID | None, abandoned_versions: Mapping[uuid.UUID, str], currency: str
) -> tuple[Any, ...]:
    state, version, abandoned = cart.state, cart.version, abandoned_versions.get(cart.id, "")
    is_open = state in {"open", "checkout"}
    if is_open and abandoned == version:
        state = "abandoned"
    waits = is_open and person is not None and abandoned != version
    coupons = [{"code": coupon.code, "name": coupon.name} for coupon in cart.coupons.values()]
    return (
        cart.id, cart.subject, cart.number, cart.store, cart.external_id, person, cart.home, state, cart.opened_at,
        cart.changed_at, cart.checkout_at, cart.checkout_step, cart.order, cart.currency or currency, cart.total,
        cart.items, [_line(line) for line in cart.lines.values()], coupons, version, abandoned,
        cart.moved_at if waits else None,
    )  # fmt: skip


def _line(line: FactLine) -> dict[str, str]:
    """A line as content and events name it: the specification's words."""
    values = {
        "product_id": line.product or line.sku, "sku": line.sku, "variant": line.variant, "name": line.name,
        "quantity": f"{line.quantity.normalize():f}", "price": "" if line.price is None else f"{line.price:f}",
        "url": line.url, "image_url": line.image,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value}
