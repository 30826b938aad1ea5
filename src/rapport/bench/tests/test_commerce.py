"""A sample of a real retailer's year, folded order by order, equals its file to the penny."""

from __future__ import annotations

import uuid
from collections import defaultdict
from decimal import Decimal

import msgspec

from rapport.bench import commerce
from rapport.commerce.services.order_facts.hearing import fact_of, happened
from rapport.commerce.services.order_facts.vocabulary import meaning_of
from rapport.commerce.services.orders.fold import fold
from rapport.demo.seeding import dataset as data

CUSTOMERS = 150


def test_orders_cancellations_and_returns_equal_the_file():
    dataset = data.load()
    chosen = sorted(dataset.by_customer)[:CUSTOMERS]
    invoices = [invoice for number in chosen for invoice in dataset.by_customer[number]]
    assert any(invoice.is_credit and invoice.refunds for invoice in invoices)
    by_subject = defaultdict(list)
    for event in commerce.occurrences(dataset, invoices, uuid.UUID(int=1)):
        stored = fact_of(meaning_of(event.event), happened(event), {})
        by_subject[stored.subject].append(stored)
    orders = [fold(stored_facts) for stored_facts in by_subject.values()]
    assert {order.external_id: order.net for order in orders} == commerce.expected(invoices)
    whole = sum((order.net for order in orders), Decimal(0))
    assert whole == sum(Decimal(invoice.amount()) for invoice in invoices) / 1000
    assert msgspec.json.encode([order.problems for order in orders if order.problems])
