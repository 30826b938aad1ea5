"""What Twilio calls us with: only what it signed is read, whatever order and however often it comes."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from rapport.channels.incoming import (
    About,
    Call,
    Choice,
    Enclosed,
    Malformed,
    NotTheirs,
    Receipt,
    ReceiptKind,
    Reply,
)
from rapport.channels.sms.twilio_calls import receive, signature

NOW = dt.datetime(2026, 11, 29, 16, tzinfo=dt.UTC)
TOKEN = "12345"
URL = "https://crm.example.org/hooks/channels/tok-1?reference=d-1"
SETTINGS = {
    "auth_token": TOKEN,
    "help_answer": "Shop & Co, call <us>",
    "stop_answer": "You get nothing more.",
}


def call(form: dict[str, str], url: str = URL, signed_as: str = "", token: str = TOKEN, **more: Any) -> Call:
    pairs = list(form.items())
    headers = {"x-twilio-signature": signature(signed_as or url, pairs, token)}
    query = dict(parse_qsl(urlsplit(url).query))
    return Call("POST", url, headers, query, urlencode(pairs).encode(), NOW, **more)


def status(state: str, **more: str) -> dict[str, str]:
    return {
        "MessageSid": "SM1",
        "MessageStatus": state,
        "To": "+4915187654321",
        "From": "+4915112345678",
        **more,
    }


def message(text: str, **more: str) -> dict[str, str]:
    return {"MessageSid": "SM9", "SmsStatus": "received", "From": "+4915187654321", "Body": text, **more}


def test_the_signature_is_twilios_own() -> None:
    """The example of Twilio's documentation."""
    pairs = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ]
    assert (
        signature("https://mycompany.com/myapp.php?foo=1&bar=2", pairs, "12345")
        == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    )


def test_receipts_name_the_delivery_and_what_became_of_it() -> None:
    assert receive(call(status("delivered", RawDlrDoneDate="2611291559")), SETTINGS).incoming == [
        Receipt(ReceiptKind.DELIVERED, NOW - dt.timedelta(minutes=1), "SM1", "d-1", "+4915187654321")
    ]
    for state in ("queued", "sending", "sent", "accepted", "whatever"):
        assert receive(call(status(state)), SETTINGS).incoming == []


@pytest.mark.parametrize(
    ("code", "about", "permanent"),
    [
        ("30003", About.RECIPIENT, False),
        ("30005", About.RECIPIENT, True),
        ("30006", About.RECIPIENT, True),
        ("30007", About.CONTENT, False),
        ("30034", About.SENDER, False),
        ("30008", About.UNCLEAR, False),
        ("", About.UNCLEAR, False),
    ],
)
def test_a_bounce_blames_whom_it_is_about(code: str, about: About, permanent: bool) -> None:
    (receipt,) = receive(call(status("undelivered", ErrorCode=code)), SETTINGS).incoming
    assert isinstance(receipt, Receipt)
    assert (receipt.kind, receipt.about, receipt.permanent) == (ReceiptKind.BOUNCED, about, permanent)


def test_a_bounce_for_stop_is_a_choice_too() -> None:
    bounced, choice = receive(call(status("failed", ErrorCode="21610")), SETTINGS).incoming
    assert isinstance(bounced, Receipt)
    assert choice == Choice("+4915187654321", False, NOW, "", "SM1")


def test_a_reply_comes_with_its_pictures() -> None:
    form = message("Schön! 🙂", NumMedia="1", MediaUrl0="https://x/1", MediaContentType0="image/png")
    answer = receive(call(form), SETTINGS)
    assert answer.incoming == [
        Reply(
            "SM9",
            "+4915187654321",
            "Schön! 🙂",
            NOW,
            attachments=[Enclosed("image/png", "file.png", "https://x/1")],
        )
    ]
    assert answer.body.endswith("<Response></Response>")


def test_stop_and_help_are_answered_once() -> None:
    stop = receive(call(message("Stop.")), SETTINGS)
    assert stop.incoming[1] == Choice("+4915187654321", False, NOW, "Stop.", "SM9")
    assert "<Message>You get nothing more.</Message>" in stop.body
    assert "Shop &amp; Co, call &lt;us&gt;" in receive(call(message("HELP")), SETTINGS).body
    theirs = receive(call(message("Arrêt total", OptOutType="STOP")), SETTINGS)
    assert isinstance(theirs.incoming[1], Choice)
    assert "<Message>" not in theirs.body


@pytest.mark.parametrize("signed_as", [URL, URL.replace("example.org", "example.org:443")])
def test_the_port_may_be_part_of_what_is_signed(signed_as: str) -> None:
    assert receive(call(status("delivered"), signed_as=signed_as), SETTINGS).incoming


def test_the_query_is_signed_as_it_stands() -> None:
    url = "https://crm.example.org/hooks/channels/tok-1?z=1&reference=d-1&a=b+c%27"
    assert receive(call(status("delivered"), url), SETTINGS).incoming


def forged() -> list[Call]:
    good = call(status("delivered"))
    other = {**good.headers, "x-twilio-signature": "AAAA"}
    return [
        call(status("delivered"), token="another"),
        call(status("delivered"), signed_as=URL.replace("https", "http")),
        call(status("delivered"), signed_as=URL.replace("d-1", "d-2")),
        Call("POST", URL, {}, {}, good.body, NOW),
        Call("POST", URL, other, {}, good.body, NOW),
        Call("POST", URL, {"x-twilio-signature": "ä" * 28}, {}, good.body, NOW),
        Call("POST", URL, good.headers, {}, good.body + b"&ErrorCode=30005", NOW),
        Call("GET", URL, good.headers, {}, good.body, NOW),
        Call("POST", URL, good.headers, {}, b"\xff\xfe", NOW),
        Call("POST", URL, good.headers, {}, b"&".join(b"a=%d" % at for at in range(1000)), NOW),
    ]


@pytest.mark.parametrize("at", range(10))
def test_what_is_not_signed_is_not_read(at: int) -> None:
    with pytest.raises(NotTheirs):
        receive(forged()[at], SETTINGS)


def test_a_signed_call_without_a_message_is_malformed() -> None:
    with pytest.raises(Malformed):
        receive(call({"MessageStatus": "delivered"}), SETTINGS)


@pytest.mark.parametrize("when", ["", "nonsense", "9912312359", "2001010000"])
def test_times_that_cannot_be_are_now(when: str) -> None:
    (receipt,) = receive(call(status("delivered", RawDlrDoneDate=when)), SETTINGS).incoming
    assert receipt.at == NOW


def test_100_kb_of_text_is_read() -> None:
    (reply,) = receive(call(message("x" * 100_000)), SETTINGS).incoming
    assert isinstance(reply, Reply)
    assert len(reply.text) == 100_000
