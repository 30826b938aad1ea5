"""A real Tryton, in an environment of its own, read and written through its connector: totals as Tryton has them."""

from __future__ import annotations

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

from rapport.commerce.models import Order, Variant
from rapport.connectors.models import Connector
from rapport.connectors.services import codes, reading, settling, setup
from rapport.core import access, jobs
from rapport.core.engines.supervisor import free_port
from rapport.events.models import SeenMessage
from rapport.people.models import Person
from tests.clients.rapport import until
from tests.clients.test_oscar import _work

HERE = Path(os.environ.get("RAPPORT_TRYTON") or Path(__file__).parents[2] / ".tryton")
# With the tax of a fifth.
TOTALS = """
    SELECT sale.number, round(sum(line.quantity * line.unit_price) * 1.2, 2) FROM sale_sale sale
    JOIN sale_line line ON line.sale = sale.id WHERE sale.state IN ('processing', 'done') GROUP BY sale.number
    HAVING sum(line.quantity) > 0
"""


@pytest.fixture
def erp(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """(its address with the database, the database)."""
    if not (HERE / "shop.sqlite").is_file():
        pytest.skip("Tryton is not installed: bin/tryton does that, in a minute")
    shutil.copy(HERE / "shop.sqlite", tmp_path)
    address = f"127.0.0.1:{free_port()}"
    (tmp_path / "conf").write_text(
        f"[database]\nuri = sqlite://\npath = {tmp_path}\n[web]\nlisten = {address}\n"
    )
    command = [HERE / "venv" / "bin" / "trytond", "-c", tmp_path / "conf", "-d", "shop"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            until(lambda: _answers(f"http://{address}/"), 30)
            yield f"http://{address}/shop", tmp_path / "shop.sqlite"
        finally:
            server.terminate()


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@pytest.fixture
def connected(erp: tuple[str, Path], live: Any, user: Any, settings: Any) -> Connector:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    actor, values = access.for_user(user), {"address": erp[0], "username": "admin", "password": "adminpw123"}
    row = setup.connect(actor=actor, kind="tryton", name="", values=values)
    reading.order_backfill(actor=actor, connector_id=row.pk)
    _work(live)
    return row


def test_what_tryton_has_comes_and_what_is_said_here_goes_there(erp, connected, live, user):
    actor = access.for_user(user)
    with sqlite3.connect(erp[1]) as database:
        theirs = {number: Decimal(str(total)) for number, total in database.execute(TOTALS)}
    assert len(theirs) == 10
    assert {order.external_id: order.total for order in Order.objects.all()} == theirs
    states = {row.external_id: (row.state, row.payment_state) for row in Order.objects.all()}
    assert states["1"][1] == "refunded"  # a return sale took all of it back
    assert [states[number] for number in "236"] == [
        ("shipped", "pending"),
        ("open", "paid"),
        ("open", "pending"),
    ]
    chair = Variant.objects.get(sku="CHAIR-0")
    assert (chair.prices.get(valid_until=None).amount, Variant.objects.count()) == (Decimal("49.90"), 2)
    assert connected.left_out.count() == 0
    before = SeenMessage.objects.count()
    reading.order_look(actor=actor, connector_id=connected.pk)
    _work(live)
    assert SeenMessage.objects.count() == before
    _write_back(erp[1], connected, live, actor)


def _write_back(path: Path, connected: Connector, live: Any, actor: access.Actor) -> None:
    ann = Person.objects.get(email="ann@tryton.example")
    assert ann.name == "Ann Doe"
    settling.change(
        actor=actor,
        connector_id=connected.pk,
        writes={"details": True, "notes": True},
        rules={"city": "ours"},
    )
    live.ingest([{"type": "identify", "traits": {"email": ann.email, "city": "York"}, "anonymousId": "b"}])
    codes.add_note(actor=actor, connector_id=connected.pk, order="2", text="Called")
    jobs.run_due("connectors.write")
    with sqlite3.connect(path) as database:
        assert ("York",) in database.execute("SELECT city FROM party_address").fetchall()
        assert database.execute("SELECT message, resource FROM ir_note").fetchall() == [
            ("Called", "sale.sale,2")
        ]
