"""A real shop of django-oscar, in an environment of its own, read through its connector: totals as Oscar has them."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from rapport.commerce.models import Order, OrderLine, Variant
from rapport.commerce.services.orders import projection
from rapport.connectors.models import Connector
from rapport.connectors.services import reading, setup
from rapport.core import access, jobs
from rapport.core.engines.supervisor import free_port
from rapport.events.models import SeenMessage
from tests.clients.rapport import until

HERE = Path(__file__).parents[2] / ".oscar"
USER, PASSWORD = "rapport", "a long password"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """(address of its API, its database)."""
    if not (HERE / "shop.sqlite3").is_file():
        raise RuntimeError("The shop is not installed. Run `make test`, or bin/clients.")
    shutil.copy(HERE / "shop.sqlite3", tmp_path)
    address = f"127.0.0.1:{free_port()}"
    environment = os.environ | {
        "OSCAR_FOLDER": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": str(HERE),
    }
    command = [HERE / "venv" / "bin" / "python", "-m", "django", "runserver", "--noreload", address]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            until(lambda: _answers(f"http://{address}/api/"), 25)
            yield f"http://{address}/api", tmp_path / "shop.sqlite3"
        finally:
            server.terminate()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _work(live: Any) -> None:
    jobs.run_due("connectors.record", "connectors.backfill", "connectors")
    live.settle()
    while projection.run_once():
        pass


def _cancel(address: str, database: Path) -> None:
    """As the dashboard does: the order's status."""
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE order_order SET status = 'Cancelled' WHERE number = 'O-1027'")
    request = urllib.request.Request(f"{address}/admin/orders/28/")
    request.add_header("Authorization", "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert b"Cancelled" in answer.read()


@pytest.fixture
def connected(shop: tuple[str, Path], live: Any, user: Any, settings: Any) -> Connector:
    """The shop, connected and read."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    actor, values = access.for_user(user), {"address": shop[0], "username": USER, "password": PASSWORD}
    row = setup.connect(actor=actor, kind="oscar", name="Oscar", values=values)
    reading.order_backfill(actor=actor, connector_id=row.pk)
    _work(live)
    return row


def test_every_order_comes_as_oscar_has_it(shop, connected, live, user):
    (address, database), actor = shop, access.for_user(user)
    with sqlite3.connect(database) as connection:
        listed = connection.execute("SELECT number, total_incl_tax FROM order_order")
        theirs = {number: Decimal(str(total)) for number, total in listed}
        [(pieces,)] = connection.execute("SELECT sum(quantity) FROM order_line")
    assert len(theirs) == 40
    assert {order.external_id: order.total for order in Order.objects.all()} == theirs
    assert OrderLine.objects.aggregate(pieces=Sum("quantity"))["pieces"] == pieces
    assert {order.person.email for order in Order.objects.all()} >= {
        "guest@oscar.example",
        "customer0@oscar.example",
    }
    assert set(Variant.objects.values_list("sku", flat=True)) == {"SKU-0", "SKU-1", "SKU-2"}
    before = SeenMessage.objects.count()
    reading.order_backfill(actor=actor, connector_id=connected.pk, afresh=True)
    _work(live)
    assert SeenMessage.objects.count() == before
    _cancel(address, database)
    reading.order_record(actor=actor, connector_id=connected.pk, resource="orders", external_id="28")
    _work(live)
    assert Order.objects.get(external_id="O-1027").state == "cancelled"
