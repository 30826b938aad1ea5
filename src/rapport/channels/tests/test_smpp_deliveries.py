"""What a message centre delivers over SMPP: receipts, messages of persons, and what is neither."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from rapport.channels.incoming import About, Choice, Incoming, Receipt, ReceiptKind, Reply
from rapport.channels.protocol import Result
from rapport.channels.sms import smpp, smpp_link
from rapport.channels.sms.segments import GSM, UCS2, decode, encode
from rapport.channels.tests.centre import MessageCentre
from rapport.channels.tests.test_smpp import TO, centre, channel, send

__all__ = ["centre", "channel"]


class Kept:
    """Takes what comes in."""

    def __init__(self) -> None:
        self.incoming: list[Incoming] = []
        self.fails = False

    def __call__(self, incoming: Any) -> None:
        if self.fails:
            raise OSError("the database is away")
        self.incoming += incoming


@pytest.fixture
def kept(channel: smpp.SmppChannel, centre: MessageCentre) -> Kept:
    keeper = Kept()
    channel.listen(keeper)
    assert centre.bound.wait(10)
    return keeper


ADDRESSES = {"source_addr": "4915187654321", "source_addr_ton": 1, "destination_addr": "4915112345678"}


def delivered(text: str, **more: Any) -> dict[str, Any]:
    return {"esm_class": 4, "short_message": text.encode(), **ADDRESSES, **more}


def receipt(state: str, number: str = "0000000001", error: str = "000") -> str:
    return f"id:{number} sub:001 dlvrd:001 submit date:2611291500 done date:2611291501 stat:{state} err:{error} text:Hi"


def test_receipts_come_back_whatever_their_spelling(kept: Kept, centre: MessageCentre) -> None:
    assert centre.deliver(**delivered(receipt("DELIVRD"))).status == 0
    assert centre.deliver(**delivered(receipt("delivrd").replace("id:", "ID:"))).status == 0
    assert centre.deliver(**delivered("", message_state=2, receipted_message_id="1")).status == 0
    assert [(entry.kind, entry.provider_id, entry.address) for entry in kept.incoming] == [
        (ReceiptKind.DELIVERED, "1", TO)
    ] * 3


@pytest.mark.parametrize(
    ("state", "more", "about", "permanent"),
    [
        ("UNDELIV", {}, About.RECIPIENT, False),
        ("UNDELIV", {"network_error_code": b"\x03\x00\x01"}, About.RECIPIENT, True),
        ("EXPIRED", {}, About.RECIPIENT, False),
        ("REJECTD", {}, About.SENDER, False),
        ("UNKNOWN", {}, About.UNCLEAR, False),
    ],
)
def test_a_bounce_blames_whom_it_is_about(
    kept: Kept, centre: MessageCentre, state: str, more: dict[str, Any], about: About, permanent: bool
) -> None:
    centre.deliver(**delivered(receipt(state), **more))
    (bounced,) = kept.incoming
    assert isinstance(bounced, Receipt)
    assert (bounced.kind, bounced.about, bounced.permanent) == (ReceiptKind.BOUNCED, about, permanent)


def test_what_is_on_its_way_says_nothing(kept: Kept, centre: MessageCentre) -> None:
    for text in (receipt("ENROUTE"), receipt("ACCEPTD"), "", "what is this"):
        assert centre.deliver(**delivered(text)).status == 0
    assert kept.incoming == []


@pytest.mark.parametrize(
    ("ids", "answer", "receipt_id"),
    [
        ("same", b"0000029095", "29095"),
        ("same", b"aB-1", "AB-1"),
        ("hex_dec", b"33E95179", "0870928761"),
        ("dec_hex", b"870928761", "33e95179"),
    ],
)
def test_ids_are_one_however_they_are_written(ids: str, answer: bytes, receipt_id: str) -> None:
    ours = smpp.message_id(answer, 16 if ids == "hex_dec" else 10, ids)
    assert ours == smpp.message_id(receipt_id, 16 if ids == "dec_hex" else 10, ids)


def test_a_reply_in_parts_out_of_order_is_joined(kept: Kept, centre: MessageCentre) -> None:
    pieces = ["Das ist ", "eine lange ", "Antwort 🙂"]
    for at in (3, 1, 2):
        data = bytes((5, 0, 3, 7, 3, at)) + encode(pieces[at - 1], UCS2)
        centre.deliver(**ADDRESSES, esm_class=0x40, data_coding=8, short_message=data)
    (reply,) = kept.incoming
    assert isinstance(reply, Reply)
    assert (reply.text, reply.address) == ("".join(pieces), TO)


def test_stop_is_a_choice_and_help_is_answered(
    kept: Kept, centre: MessageCentre, channel: smpp.SmppChannel
) -> None:
    centre.deliver(**ADDRESSES, esm_class=0, short_message=b"Stop!")
    choice = kept.incoming[1]
    assert isinstance(choice, Choice)
    assert (choice.address, choice.wants) == (TO, False)
    centre.deliver(**ADDRESSES, esm_class=0, short_message=b"HELP")
    channel.close()
    assert [decode(pdu.short_message, GSM) for pdu in centre.submitted] == ["Shop GmbH"]


def test_what_cannot_be_kept_stays_with_the_centre(kept: Kept, centre: MessageCentre) -> None:
    kept.fails = True
    assert centre.deliver(**delivered(receipt("DELIVRD"))).status == smpp_link.TEMPORARY
    kept.fails = False
    assert centre.deliver(**delivered(receipt("DELIVRD"))).status == 0
    assert len(kept.incoming) == 1


def test_nobody_listening_leaves_it_with_the_centre(channel: smpp.SmppChannel, centre: MessageCentre) -> None:
    send(channel, "Hi")
    assert centre.deliver(**delivered(receipt("DELIVRD"))).status == smpp_link.TEMPORARY


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">LLLL", 2**31, 5, 0, 1),
        struct.pack(">LLLL", 4, 5, 0, 1),
        b"GET / HTTP/1.1\r\n\r\n" * 4,
    ],
)
def test_what_is_no_smpp_ends_the_session_and_the_next_one_works(
    channel: smpp.SmppChannel, centre: MessageCentre, data: bytes
) -> None:
    send(channel, "Hi")
    centre.raw(data)
    assert centre.left.wait(10)
    assert send(channel, "Hi")[0].result is Result.ACCEPTED
    assert len(centre.connections) == 2


def test_a_pdu_that_cannot_be_read_harms_no_other(kept: Kept, centre: MessageCentre) -> None:
    centre.raw(struct.pack(">LLLL", 20, 5, 0, 99) + b"abcd")
    centre.raw(struct.pack(">LLLL", 16, 0x00000777, 0, 98))
    assert centre.deliver(**delivered(receipt("DELIVRD"))).status == 0
    assert len(kept.incoming) == 1
