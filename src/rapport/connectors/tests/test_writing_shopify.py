"""What Rapport writes into a shop of Shopify: customers, consent, tags, codes, notes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from rapport.connectors import queries
from rapport.connectors.models import Difference, Outgoing
from rapport.connectors.services import codes, reading, settling, setup
from rapport.connectors.tests import shopify_shop
from rapport.connectors.tests.conftest import block_codes
from rapport.core import jobs
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.events.models import SeenMessage
from rapport.governance.models import Consent, ConsentRecord
from rapport.governance.services import consent
from rapport.people.models import Identifier, Person
from rapport.promotions.services import issuing, promotions

ALL = {"details": True, "consent": True, "notes": True}


@pytest.fixture
def jon(shopify, connected, maker, work):
    """A customer of the shop, known here, of whom everything is written from now on."""
    shopify.put("customers", shopify_shop.customer())
    reading.order_backfill(actor=maker, connector_id=connected.pk)
    work()
    settling.change(actor=maker, connector_id=connected.pk, writes=ALL, rules={})
    connected.refresh_from_db()
    return Person.objects.get(email="jon@example.com")


@pytest.fixture
def write(work):
    def run(clock=SYSTEM):
        work(clock)
        jobs.run_due("connectors.write", clock=clock)
        work(clock)

    return run


def _say(live, id, **traits):
    call = {
        "type": "identify",
        "traits": {"email": "jon@example.com", **traits},
        "messageId": id,
        "anonymousId": "a",
    }
    live.ingest([call])


def _opt_out(maker, person, clock=SYSTEM, state="withdrawn"):
    consent.record(
        actor=maker, person_id=person.pk, purpose="newsletter", channel="email", state=state,
        at=clock.now(), source="test", clock=clock,
    )  # fmt: skip


def _state(connected, thing="customer"):
    row = connected.outgoing.get(thing=thing)
    return row.state, row.reason


def test_what_changes_here_is_written_there_and_comes_back_as_no_news(
    shopify, connected, jon, live, write, client, maker
):
    setup.subscribe(actor=maker, connector_id=connected.pk)
    write()
    assert (_state(connected), shopify.writes) == (("equal", ""), [])
    _say(live, "m1", city="Hamburg", first_name="John")
    write()
    address, names = shopify.writes
    assert address == ("customers/115/addresses/207.json", {"address": {"id": 207, "city": "Hamburg"}})
    assert names == ("customers/115.json", {"customer": {"id": 115, "first_name": "John"}})
    assert _state(connected) == ("written", "")
    before = SeenMessage.objects.count()
    assert shopify.tell(client, "customers/update", shopify.rows["customers"][115]).status_code == 200
    write()
    assert (SeenMessage.objects.count(), len(shopify.writes)) == (before, 2)
    moved = {**shopify.rows["customers"][115], "last_name": "Smythe", "updated_at": "2026-03-02T10:00:00Z"}
    shopify.tell(client, "customers/update", shopify.put("customers", moved))
    write()
    jon.refresh_from_db()
    assert (jon.traits["last_name"], jon.traits["city"], len(shopify.writes)) == ("Smythe", "Hamburg", 2)


def _agree_there(shopify, client, minutes):
    at = (SYSTEM.now() + dt.timedelta(minutes=minutes)).isoformat()
    raw = shopify.rows["customers"][115]
    raw |= {"email_marketing_consent": {"state": "subscribed", "consent_updated_at": at}, "updated_at": at}
    shopify.tell(client, "customers/update", raw)


def test_an_opt_out_is_written_and_no_late_consent_undoes_it(shopify, connected, jon, write, client, maker):
    setup.subscribe(actor=maker, connector_id=connected.pk)
    write()
    _opt_out(maker, jon)
    _agree_there(shopify, client, 1)
    write(VirtualClock(SYSTEM.now() + dt.timedelta(minutes=5)))
    raw = shopify.rows["customers"][115]
    assert raw["email_marketing_consent"]["state"] == "unsubscribed"
    assert Consent.objects.get(channel="email").state == "withdrawn"
    assert not ConsentRecord.objects.filter(state="granted", at__gt=jon.created_at).exists()
    assert Difference.objects.get().why == "opt_out"
    # Now the shop has seen it: who agrees there again means it.
    _agree_there(shopify, client, 9)
    write(VirtualClock(SYSTEM.now() + dt.timedelta(minutes=10)))
    assert Consent.objects.get(channel="email").state == "granted"
    assert raw["email_marketing_consent"]["state"] == "subscribed"


def test_an_opt_out_waits_as_long_as_the_shop_is_away(shopify, connected, jon, write, maker):
    write()
    _opt_out(maker, jon)
    shopify.token = "another"
    clock = VirtualClock(SYSTEM.now())
    write(clock)
    assert _state(connected)[0] == "waiting"
    clock.advance(dt.timedelta(days=40))
    shopify.token = shopify_shop.TOKEN
    jobs.run_due("connectors.due", clock=clock)
    write(clock)
    assert shopify.rows["customers"][115]["email_marketing_consent"]["state"] == "unsubscribed"
    assert _state(connected)[0] in {"written", "equal"}


@pytest.mark.parametrize("winner", ["ours", "theirs"])
def test_somebody_is_asked_and_both_sides_follow(shopify, connected, jon, live, write, maker, page, winner):
    settling.change(actor=maker, connector_id=connected.pk, writes={"details": True}, rules={"city": "ask"})
    write()
    _say(live, "m1", city="Hamburg")
    raw = shopify.rows["customers"][115]
    raw["default_address"] = {**raw["default_address"], "city": "Bremen"}
    write()
    [entry] = queries.differences(maker, connected, 9)
    assert (entry.row.ours, entry.row.theirs, _state(connected)[0]) == ("Hamburg", "Bremen", "open")
    address = f"/settings/connectors/{connected.pk}/"
    assert "Bremen" in page.get(address).content.decode()
    page.post(f"{address}differences/{entry.row.pk}/", {"winner": winner})
    write()
    jon.refresh_from_db()
    city = {"ours": "Hamburg", "theirs": "Bremen"}[winner]
    assert (jon.traits["city"], raw["default_address"]["city"]) == (city, city)
    shown = page.get(reverse("connectors:person", args=[jon.pk])).content.decode()
    assert not queries.differences(maker, connected, 9)
    assert "Somebody decided" in shown


def test_tags_follow_segments_and_leave_the_shops_own(shopify, connected, jon, live, write, maker):
    from rapport.segments.models import Membership
    from rapport.segments.services import segments

    vip = segments.create_segment(actor=maker, key="vip", name="VIP", definition={"all": []})
    Membership.objects.get_or_create(
        segment=vip, person=jon, defaults={"entered_at": SYSTEM.now(), "definition_version": 1}
    )
    settling.change(actor=maker, connector_id=connected.pk, writes={"tags": ["vip"]}, rules={})
    write()
    assert shopify.rows["customers"][115]["tags"] == "rapport-vip, regular, wholesale"
    Membership.objects.all().delete()
    settling.change(actor=maker, connector_id=connected.pk, writes={"tags": ["vip"]}, rules={})
    write()
    assert shopify.rows["customers"][115]["tags"] == "regular, wholesale"


def test_issued_codes_become_discounts_once(shopify, connected, jon, write, maker):
    values = {
        "name": "Spring",
        "kind": "percent",
        "percent": Decimal(10),
        "minimum": Decimal(50),
        "currency": "EUR",
    }
    spring = promotions.create(actor=maker, key="spring", values=values)
    code = issuing.issue(actor=maker, promotion=spring, person_id=jon.pk)
    settling.change(actor=maker, connector_id=connected.pk, writes={"coupons": ["spring"]}, rules={})
    shopify.codes[str(code)] = "elsewhere"
    write()
    assert "must be unique" in _state(connected, "coupon")[1]
    del shopify.codes[str(code)]
    settling.again(actor=maker, connector_id=connected.pk)
    write()
    assert _state(connected, "coupon") == ("written", "")
    [rule] = shopify.rules.values()
    assert (rule["value"], rule["usage_limit"]) == ("-10", 1)
    jobs.run_due("connectors.due", clock=VirtualClock(SYSTEM.now() + dt.timedelta(minutes=2)))
    write()
    assert list(shopify.codes) == [str(code)]
    block_codes()
    assert not shopify.codes


def test_codes_whose_conditions_a_shop_would_not_keep_stay_here(shopify, connected, jon, write, maker):
    values = {"name": "First", "kind": "percent", "percent": Decimal(10), "first_order": True}
    first = promotions.create(actor=maker, key="first", values=values)
    tomorrow = SYSTEM.now() + dt.timedelta(days=1)
    values = {**values, "first_order": False, "starts_at": tomorrow}
    later = promotions.create(actor=maker, key="later", values=values)
    for promotion in (first, later):
        issuing.issue(actor=maker, promotion=promotion, person_id=jon.pk)
    settling.change(actor=maker, connector_id=connected.pk, writes={"coupons": ["first", "later"]}, rules={})
    write()
    assert "would not keep" in _state(connected, "coupon")[1]
    assert not shopify.codes


def test_a_note_stands_below_the_shops_own(shopify, connected, jon, write, maker):
    shopify.put("orders", shopify_shop.order(note="Ring twice"))
    codes.add_note(actor=maker, connector_id=connected.pk, order="#1001", text="Called, is content")
    write()
    assert shopify.rows["orders"][1001]["note"] == "Ring twice\n\nCalled, is content"
    note = connected.outgoing.get(thing="note")
    assert (note.state, note.text) == ("written", "")
    codes.add_note(actor=maker, connector_id=connected.pk, order="#9", text="Nobody's")
    write()
    assert "no order #9" in connected.outgoing.exclude(pk=note.pk).get(thing="note").reason


def test_a_record_that_nobody_can_read_holds_up_no_other(shopify, connected, jon, live, write, maker):
    write()
    shopify.put("orders", shopify_shop.order())
    shopify.rows["customers"][115]["default_address"] = "Hamburg"
    _say(live, "m1", city="Bremen")
    codes.add_note(actor=maker, connector_id=connected.pk, order="#1001", text="Called")
    write()
    assert "another shape" in _state(connected)[1]
    assert _state(connected, "note") == ("written", "")


def test_forgetting_leaves_nothing_to_compare(shopify, connected, jon, write, maker):
    from rapport.connectors.services import personal_data

    write()
    number = Identifier.objects.get(person=jon, type="store_customer_id")
    Difference.objects.create(
        connector=connected, customer="115", field="city", ours="a", theirs="b", why="ask", at=SYSTEM.now()
    )
    assert personal_data.export([number.person_id])["connector_differences"][0]["ours"] == "a"
    personal_data.erase([number.person_id])
    assert not Difference.objects.exists()
    assert not Outgoing.objects.filter(thing="customer").exists()


def test_a_note_that_was_refused_is_forgotten_with_its_person(shopify, connected, jon, work, write, maker):
    from rapport.connectors.services import personal_data

    shopify.put("orders", shopify_shop.order())
    reading.order_record(actor=maker, connector_id=connected.pk, resource="orders", external_id="1001")
    work()
    del shopify.rows["orders"][1001]
    for number in ("#1001", "#7"):
        codes.add_note(actor=maker, connector_id=connected.pk, order=number, text="Is ill")
    write()
    assert connected.outgoing.filter(thing="note", state="refused").count() == 2
    personal_data.erase([jon.pk])
    assert connected.outgoing.get(thing="note").text.startswith("#7")


def test_a_segment_that_is_written_as_a_tag_stays(shopify, connected, maker, live):
    from rapport.segments.services import segments

    vip = segments.create_segment(actor=maker, name="VIP", definition={"all": []})
    settling.change(actor=maker, connector_id=connected.pk, writes={"tags": [vip.key]}, rules={})
    with pytest.raises(ValidationError, match="Acme"):
        segments.archive_segment(actor=maker, segment=vip)
