"""SMS over SMPP, against a message centre that speaks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rapport.channels.protocol import Message, Outcome, Result
from rapport.channels.registry import ADAPTERS, WrongSettings
from rapport.channels.sms import smpp, smpp_link
from rapport.channels.sms.segments import GSM, UCS2, decode
from rapport.channels.tests.centre import CUT, SILENT, STALL, MessageCentre

SETTINGS = {
    "host": "127.0.0.1",
    "system_id": "shop",
    "password": "s3cret",
    "sender": "+4915112345678",
    "help_answer": "Shop GmbH",
}
TO = "+4915187654321"


@pytest.fixture
def centre(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[MessageCentre]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    monkeypatch.setattr(smpp_link, "REFUSED_FOR", 0.0)
    monkeypatch.setattr(smpp, "THROTTLED_FOR", 0.0)
    server = MessageCentre()
    yield server
    server.close()


@pytest.fixture
def channel(centre: MessageCentre) -> Iterator[smpp.SmppChannel]:
    opened = smpp.SmppChannel(SETTINGS | {"port": centre.port})
    yield opened
    opened.close()


def message(text: str, reference: str = "d-1", sender: str = "+4915112345678") -> Message:
    return Message(sender, TO, json.dumps({"text": text}).encode(), reference)


def send(channel: smpp.SmppChannel, *texts: str) -> list[Outcome]:
    return channel.deliver([message(text, f"d-{at}") for at, text in enumerate(texts)])


def test_a_text_is_submitted_with_a_receipt(channel: smpp.SmppChannel, centre: MessageCentre) -> None:
    (outcome,) = send(channel, "Grüße für 5 €")
    assert (outcome.result, outcome.provider_id) == (Result.ACCEPTED, "1")
    (pdu,) = centre.submitted
    assert (pdu.source_addr, pdu.source_addr_ton, pdu.destination_addr) == (
        b"4915112345678",
        1,
        b"4915187654321",
    )
    assert (decode(pdu.short_message, GSM), pdu.data_coding, pdu.registered_delivery) == (
        "Grüße für 5 €",
        0,
        1,
    )


def test_a_long_text_goes_in_parts_of_one_reference(channel: smpp.SmppChannel, centre: MessageCentre) -> None:
    text = "🙂" + "Ж" * 100
    assert send(channel, text)[0].result is Result.ACCEPTED
    headers = [pdu.short_message[:6] for pdu in centre.submitted]
    assert [(header[:3], header[4], header[5]) for header in headers] == [
        (b"\x05\x00\x03", 2, at) for at in (1, 2)
    ]
    assert len({header[3] for header in headers}) == 1
    assert "".join(decode(pdu.short_message[6:], UCS2) for pdu in centre.submitted) == text
    assert [(pdu.esm_class, pdu.data_coding, pdu.registered_delivery) for pdu in centre.submitted] == [
        (0x40, 8, 0),
        (0x40, 8, 1),
    ]


def test_a_long_text_goes_whole_where_the_centre_wants_it(centre: MessageCentre) -> None:
    (part,) = smpp.submissions(message("a" * 400, sender="Shop"), "payload")
    assert (len(part["message_payload"]), part["short_message"]) == (400, b"")
    assert (part["source_addr"], part["source_addr_ton"], part["source_addr_npi"]) == ("Shop", 5, 0)


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (0x58, Result.RETRY),
        (0x14, Result.RETRY),
        (0x08, Result.RETRY),
        (0x0B, Result.BAD_ADDRESS),
        (0x0A, Result.POLICY),
        (0x45, Result.REFUSED),
        (0x4FF, Result.REFUSED),
    ],
)
def test_every_answer_has_its_meaning(
    channel: smpp.SmppChannel, centre: MessageCentre, status: int, result: Result
) -> None:
    centre.faults = [status]
    (outcome,) = send(channel, "Hi")
    assert (outcome.result, outcome.code) == (result, f"0x{status:02X}")


@pytest.mark.parametrize("fault", [SILENT, CUT, STALL])
def test_no_answer_is_uncertain(centre: MessageCentre, fault: str) -> None:
    centre.faults = [fault]
    channel = smpp.SmppChannel(SETTINGS | {"port": centre.port, "answer_timeout": 0.2})
    assert send(channel, "Hi")[0].result is Result.UNCERTAIN
    channel.close()


def test_after_a_cut_the_next_message_binds_anew(channel: smpp.SmppChannel, centre: MessageCentre) -> None:
    centre.faults = [CUT]
    results = [send(channel, "Hi")[0].result for _ in range(2)]
    assert results == [Result.UNCERTAIN, Result.ACCEPTED]
    assert centre.commands.count("bind_transceiver") == 2


def test_a_message_of_which_a_part_is_gone_is_uncertain(
    channel: smpp.SmppChannel, centre: MessageCentre
) -> None:
    centre.faults = [0, 0x58, 0x58, 0]
    assert send(channel, "a" * 200)[0].result is Result.ACCEPTED
    centre.faults = [0, 0x45]
    (outcome,) = send(channel, "a" * 200)
    assert outcome.result is Result.UNCERTAIN
    assert "part 2 of 2" in outcome.detail
    centre.faults = [0x0B]
    assert send(channel, "a" * 200)[0].result is Result.BAD_ADDRESS


def test_many_are_in_flight_at_once_and_each_gets_its_own_answer(
    channel: smpp.SmppChannel, centre: MessageCentre
) -> None:
    outcomes = send(channel, *[f"text {at}" for at in range(50)])
    texts = {f"{at + 1:X}".lower(): decode(pdu.short_message, GSM) for at, pdu in enumerate(centre.submitted)}
    given = [texts[outcome.provider_id.lstrip("0")] for outcome in outcomes]
    assert given == [f"text {at}" for at in range(50)]


@pytest.mark.parametrize("more", [{"password": "wrong"}, {"port": 1}, {"host": "192.0.2.1.invalid"}])
def test_what_cannot_be_bound_is_unreachable(centre: MessageCentre, more: dict[str, Any]) -> None:
    channel = smpp.SmppChannel(SETTINGS | {"port": centre.port} | more)
    assert [outcome.result for outcome in send(channel, "a", "b")] == [Result.UNREACHABLE] * 2
    channel.close()


def test_no_inside_address_is_bound_to(centre: MessageCentre, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = []
    channel = smpp.SmppChannel(SETTINGS | {"port": centre.port})
    assert send(channel, "a")[0].result is Result.UNREACHABLE
    assert centre.commands == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"password": "longer than 8"}, "password"),
        ({"system_id": "x" * 16}, "system_id"),
        ({"port": 70000}, "port"),
        ({"window": 0.5}, "window"),
        ({"sender": ""}, "sender"),
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongSettings) as refused:
        ADAPTERS["smpp"].check(SETTINGS | {"port": 2775} | wrong)
    assert refused.value.field == field
