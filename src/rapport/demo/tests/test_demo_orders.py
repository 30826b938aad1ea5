"""A sample of a real retailer's year, folded order by order, equals its file to the penny."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from decimal import Decimal

from rapport.commerce.services.order_facts.hearing import fact_of, happened
from rapport.commerce.services.order_facts.vocabulary import meaning_of
from rapport.commerce.services.orders.fold import fold
from rapport.demo.seeding import dataset as data
from rapport.demo.seeding.events import kind_of
from rapport.demo.seeding.render import Renderer
from rapport.events.registry import Occurrence

CUSTOMERS = 150
HOME = uuid.UUID(int=1)
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def occurrence(renderer, number, invoice):
    event, at = kind_of(invoice), START + dt.timedelta(seconds=invoice.at)
    properties = bytes(renderer.order(event, invoice))
    key = uuid.UUID(int=number).bytes
    return Occurrence(event, invoice.number, at, HOME, "shop", properties, "track", key, HOME, False, True)


def test_orders_cancellations_and_returns_equal_the_file():
    dataset = data.load()
    renderer = Renderer(dataset)
    chosen = sorted(dataset.by_customer)[:CUSTOMERS]
    invoices = [invoice for number in chosen for invoice in dataset.by_customer[number]]
    assert any(invoice.is_credit and invoice.refunds for invoice in invoices)
    by_subject, expected = defaultdict(list), defaultdict(Decimal)
    for number, invoice in enumerate(invoices):
        event = occurrence(renderer, number, invoice)
        stored = fact_of(meaning_of(event.event), happened(event), {})
        by_subject[stored.subject].append(stored)
        about = (invoice.refunds or f"refund {invoice.number}") if invoice.is_credit else invoice.number
        expected[about] += Decimal(invoice.amount()) / 1000
    orders = [fold(stored_facts) for stored_facts in by_subject.values()]
    assert {order.external_id: order.net for order in orders} == expected
