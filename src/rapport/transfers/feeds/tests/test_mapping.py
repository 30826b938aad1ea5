"""The mapping language: what paths and steps give, what they refuse, and that samples of presets work."""

import json
from decimal import Decimal

import pytest

from rapport.core.clock import SYSTEM
from rapport.transfers.feeds.expressions import Scope, parse
from rapport.transfers.feeds.mapping import Invalid, read
from rapport.transfers.feeds.presets import PRESETS
from rapport.transfers.feeds.services import trying
from rapport.transfers.feeds.steps import Bad

PAYLOAD = {
    "id": 7,
    "customer": {"email": "Ada@Example.org", "tags": "vip, new"},
    "lines": [{"sku": "A", "price": "2.50", "n": 2}, {"sku": "B", "price": "1.00", "n": 1}],
    "Order No.": "X1",
    "amount": 1999,
    "currency": "eur",
    "at": "31/03/2026 01:30",
}


def value(text, payload=PAYLOAD, **headers):
    return parse(text).of(Scope(payload, payload, headers))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("customer.email | lower", "ada@example.org"),
        ("lines[1].sku", "B"),
        ("lines[9].sku", None),
        ("id.deeper", None),
        ('["Order No."]', "X1"),
        ("'Order Completed'", "Order Completed"),
        ("customer.tags | split(',')", ["vip", "new"]),
        ("customer.tags | split(',', 0)", "vip"),
        ("amount | minor(currency)", Decimal("19.99")),
        ("amount | minor('JPY')", 1999),
        ("nothing | default('EUR')", "EUR"),
        ("nothing | number", None),
        ("at | date('%d/%m/%Y %H:%M', 'Europe/Berlin')", "2026-03-30T23:30:00+00:00"),
        (
            "lines | list(sku=sku, price=price | number)",
            [{"sku": "A", "price": Decimal("2.50")}, {"sku": "B", "price": 1}],
        ),
        ("lines | sum(price * n)", Decimal("6.00")),
        ("currency | names(eur=Euro, usd=Dollar)", "Euro"),
    ],
)
def test_an_expression_gives(text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [("1,234.50", Decimal("1234.50")), ("€ 12", 12), (3, 3), (1e-7, Decimal("1e-7"))],
)
def test_numbers_are_read_as_people_write_them(written, expected):
    assert value("n | number", {"n": written}) == expected


@pytest.mark.parametrize("written", ["12,50", "abc", True, [], "1e999999999", "Infinity", "NaN"])
def test_what_is_no_number_is_refused_and_not_guessed(written):
    with pytest.raises(Bad):
        value("n | number", {"n": written})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "'open",
        "a | nothing",
        "a | list(x)",
        "a[",
        "a | date('%d', 'Mars/Olympus')",
        "a | split",
        "x" * 3000,
        "a | list(" * 50,
    ],
)
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(Bad):
        parse(text)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_makes_events_of_its_own_sample(name):
    preset = PRESETS[name]
    trial = trying.attempt_text(preset.mapping, json.dumps(preset.sample), {}, SYSTEM.now())
    assert trial.good
    assert set(trial.missing) <= {"properties.reason"}


@pytest.mark.parametrize(("name", "topic"), [("shopify", "orders/updated"), ("woocommerce", "order.updated")])
def test_a_later_word_on_the_same_order_is_an_update_and_the_same_word_none(name, topic):
    preset, header = PRESETS[name], {"shopify": "x-shopify-topic", "woocommerce": "x-wc-webhook-topic"}[name]
    lines = preset.sample["line_items"] * 1_500
    payloads = [
        read(preset.mapping)
        .apply({**preset.sample, "line_items": lines, "note": note}, {header: topic})
        .calls
        for note in ("a", "b", "a")
    ]
    first, later, again = ([json.loads(call) for call in calls] for calls in payloads)
    assert first[-1]["event"] == "Order Updated"
    assert len(first[-1]["properties"]["products"]) == 1_500
    assert first == again
    assert {call["messageId"] for call in first}.isdisjoint(call["messageId"] for call in later)


def test_somebody_known_by_an_address_alone_is_identified_first_and_his_address_is_not_his_id():
    calls = read({"event": "'Paid'", "email": "customer.email"}).apply(PAYLOAD).calls
    first, second = (json.loads(call) for call in calls)
    assert (first["type"], second["type"]) == ("identify", "track")
    assert first["anonymousId"] == second["anonymousId"].lower()
    assert "example" not in first["anonymousId"]


def test_one_event_for_each_item_with_values_from_the_top():
    mapping = {"for_each": "lines", "event": "'Bought'", "user_id": "$.id", "properties": {"sku": "sku"}}
    calls = [json.loads(call) for call in read(mapping).apply(PAYLOAD).calls]
    assert [call["properties"]["sku"] for call in calls] == ["A", "B"]
    assert len({call["messageId"] for call in calls}) == 2


def test_the_same_payload_twice_has_the_same_message_id_whatever_the_order_of_its_keys():
    mapping = read({"event": "'Paid'", "user_id": "id"})
    again = dict(reversed(PAYLOAD.items()))
    assert mapping.apply(PAYLOAD).calls == mapping.apply(again).calls


def test_a_condition_not_met_makes_nothing_and_is_no_error():
    outcome = read({"event": "'Paid'", "user_id": "id", "when": ["currency = usd"]}).apply(PAYLOAD)
    assert (outcome.met, outcome.calls, outcome.troubles) == (False, [], [])


def test_every_trouble_is_told_beside_its_field():
    mapping = {"event": "nothing", "properties": {"total": "customer.email | number"}}
    troubles = read(mapping).apply(PAYLOAD).troubles
    assert [trouble.field for trouble in troubles] == ["user_id", "properties.total", "event"]


def test_a_mapping_with_mistakes_names_each_of_them():
    with pytest.raises(Invalid) as caught:
        read({"event": "'open", "colour": "x", "properties": {"a": "b | nothing"}})
    assert set(caught.value.errors) == {"event", "colour", "properties.a"}
