"""An ERP on Tryton, read and written; tests/clients/test_tryton.py does it with the real one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rapport.commerce.models import Order, Variant
from rapport.connectors.models import Connector
from rapport.connectors.registry import Context
from rapport.connectors.services import codes, reading, settling, setup
from rapport.connectors.tests import tryton_erp
from rapport.connectors.tests.conftest import order
from rapport.connectors.tests.tryton_erp import amount, at, day, sale
from rapport.connectors.tryton import mapping
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.people.models import Person


@pytest.fixture
def erp(live: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tryton_erp.Erp]:
    monkeypatch.setattr("rapport.connectors.tryton.client.RATE", 0)
    with tryton_erp.running() as erp:
        yield erp


def _connect(erp: tryton_erp.Erp, maker: Actor, **more: str) -> Connector:
    values = {"address": f"{erp.api.url}/shop", "username": "rapport", "password": tryton_erp.PASSWORD}
    return setup.connect(actor=maker, kind="tryton", name="", values=values | more)


def _sales() -> list[dict[str, Any]]:
    """Sent and paid; a quotation; what was taken back of the first; of none; and paid in part."""
    parcel = {"effective_date": day("2026-11-04"), "state": "done", "number": "P1", "id": 8}
    parcel |= {"outgoing_moves.": [{"quantity": 2.0, "origin": "sale.line,1", "id": 3}]}
    bill = {
        "state": "paid",
        "number": "I1",
        "id": 5,
        "amount_to_pay": amount("0"),
        "total_amount": amount("119.76"),
    }
    return [
        sale(**{"shipments.": [parcel], "invoices.": [bill], "state": "done"}),
        sale(2, state="quotation", sale_date=None),
        sale(3, -2.0, "-119.76", origin="sale.sale,1", **_back()),
        sale(4, -1.0, "-59.88"),
        sale(5, **{"invoices.": [bill | {"state": "posted", "amount_to_pay": amount("19.76")}]}),
        sale(6, state="cancelled", number=None),
    ]


def _back() -> dict[str, Any]:
    """Of what was taken back: received, and given back by a credit note."""
    note = {"state": "posted", "number": "C1", "id": 6, "amount_to_pay": amount("0")}
    return {
        "origin.": {"id": 1, "rec_name": "1 [WEB-0]"}, "invoices.": [note | {"total_amount": amount("-119.76")}],
        "shipment_returns.": [{"effective_date": day("2026-11-08"), "state": "done", "number": "R1", "id": 9}],
    }  # fmt: skip


def test_sales_come_with_parcels_payments_and_what_was_taken_back(erp, maker, work, monkeypatch):
    monkeypatch.setattr("rapport.connectors.tryton.client.PAGE", 2)
    erp.rows["sale.sale"] = _sales()
    row = _connect(erp, maker)
    reading.order_backfill(actor=maker, connector_id=row.pk)
    work()
    states = {entry.external_id: (entry.state, entry.payment_state) for entry in Order.objects.all()}
    assert states == {"1": ("returned", "refunded"), "5": ("open", "part_paid")}
    assert (order("1").total, order("1").lines.get().amount) == (Decimal("119.76"), Decimal("99.80"))
    assert [entry.external_id for entry in row.left_out.all()] == ["4"]
    chair = Variant.objects.get()
    assert (chair.sku, chair.prices.get().amount, chair.stock.get().available) == (
        "CHAIR-0",
        Decimal("49.9"),
        82,
    )
    bolts = Person.objects.get()
    assert (bolts.name, bolts.traits["vat_number"]) == ("Bolts Ltd", "BE0403019261")


def test_what_is_to_come_back_is_neither_here_nor_given_back_before_it_is():
    context, back = Context("tryton", "main", {}), _back()
    plain = dict.fromkeys(("write_date", "create_date", "sale_date"), "2026-11-03T00:00:00Z")
    line = {"id": 1, "type": "line", "quantity": -1, "amount": "0", "unit_price": "0", "product": 1}
    free = sale(3, origin="sale.sale,1", **back) | plain | {"total_amount": "0", "lines.": [line]}
    waiting = free | {"shipment_returns.": [{"state": "draft", "id": 9}], "invoices.": []}
    assert [call.event for call in mapping.order(waiting, context).calls] == ["Return Approved"]
    del waiting["invoices."]  # without the module nothing else tells of the money
    assert [call.event for call in mapping.order(waiting, context).calls] == [
        "Return Approved",
        "Order Refunded",
    ]


def test_of_a_cancelled_sale_nothing_but_that_is_said():
    context = Context("tryton", "main", {})
    plain = dict.fromkeys(("write_date", "create_date", "sale_date"), "2026-11-03T00:00:00Z")
    row = sale(7, **plain, state="cancelled", total_amount="9", tax_amount="1", **{"lines.": []})
    assert [call.event for call in mapping.order(row, context).calls] == ["Order Cancelled"]


def test_a_look_sees_what_hangs_on_a_record_through_sessions_that_end(erp, maker, work):
    erp.root, erp.missing = "/shop/", "invoices"  # an older version, without the module of invoices
    row = _connect(erp, maker)
    reading.order_backfill(actor=maker, connector_id=row.pk)
    work()
    row.resources.update(seen_until="2026-11-05T00:00:00Z")
    erp.session = 2
    erp.rows["sale.sale"][0]["shipments."] = [
        {"effective_date": day("2026-11-06"), "state": "done", "number": "P1", "id": 8, "outgoing_moves.": [],
         "create_date": at("2026-11-06"), "write_date": at("2026-11-06")}
    ]  # fmt: skip
    erp.rows["product.product"][0]["forecast_quantity"] = 3.0
    erp.rows["stock.move"] = [{"id": 1, "product": 1, "create_date": at("2026-11-06"), "write_date": None}]
    reading.order_look(actor=maker, connector_id=row.pk)
    work()
    assert order("1").state == "shipped"
    assert Variant.objects.get().stock.get(valid_until=None).available == 3


def test_parties_and_notes_are_written_and_a_wrong_password_is_said(erp, maker, work, live):
    with pytest.raises(ValidationError, match="does not let us in"):
        _connect(erp, maker, password="guessed")
    row = _connect(erp, maker, categories="Own, Web")
    reading.order_backfill(actor=maker, connector_id=row.pk)
    work()
    moved = {"email": "office@bolts.example", "city": "York"}
    live.ingest([{"type": "identify", "traits": moved, "anonymousId": "b"}])
    settling.change(
        actor=maker, connector_id=row.pk, writes={"details": True, "notes": True}, rules={"city": "ours"}
    )
    codes.add_note(actor=maker, connector_id=row.pk, order="1", text="Called")
    codes.add_note(actor=maker, connector_id=row.pk, order="7", text="Called")
    jobs.run_due("connectors.write")
    assert erp.rows["party.party"][0]["addresses."][0]["city"] == "York"
    assert erp.rows["ir.note"] == [{"id": 100, "resource": "sale.sale,1", "message": "Called"}]
    assert row.outgoing.get(state="refused").reason == "There is no order 7 there."
