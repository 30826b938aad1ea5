"""What providers call us with ends where it belongs: at the delivery, the person and their consent, once."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

import pytest

from rapport.channels.incoming import Choice, Gone, Receipt, ReceiptKind, Reply
from rapport.channels.models import ChannelAccount
from rapport.channels.services import accounts
from rapport.content.tests.conftest import START
from rapport.core.access import system
from rapport.governance import queries as governance
from rapport.governance.models import Consent
from rapport.governance.services import consent, suppression
from rapport.messaging.models import Delivery, InboundMessage
from rapport.messaging.models import Receipt as Kept
from rapport.messaging.services import arrivals
from rapport.people.models import Identifier

pytestmark = pytest.mark.django_db
NUMBER = "+4915187654321"
TOKEN = "hush"


@pytest.fixture
def account(actor: Any, settings: Any) -> ChannelAccount:
    settings.PUBLIC_URL = "https://crm.example.org"
    values = {"account_sid": "AC1", "auth_token": TOKEN, "sender": "+4915112345678", "help_answer": "Shop"}
    return accounts.create(actor=actor, adapter="twilio", name="Texts", values=values)


@pytest.fixture
def ada(consenting: Any) -> Any:
    person = consenting("ada")
    Identifier.objects.create(person=person, type="phone", value=NUMBER, first_seen_at=START)
    say(person, "granted")
    return person


def say(person: Any, state: str, at: dt.datetime = START) -> None:
    consent.record(
        actor=system("test"),
        person_id=person.pk,
        purpose="newsletter",
        channel="sms",
        state=state,
        at=at,
        source="form",
    )


@pytest.fixture
def delivery(ada: Any, order: Any) -> Delivery:
    send = order()
    row = Delivery.objects.get(send=send)
    row.channel, row.address, row.provider_id, row.state = "sms", NUMBER, "SM1", "sent"
    row.finished_at = START
    row.save()
    return row


def call(
    client: Any, account: ChannelAccount, form: dict[str, str], query: str = "", secret: str = TOKEN
) -> Any:
    path = f"/hooks/channels/{account.token}" + query
    text = f"https://crm.example.org{path}" + "".join(key + value for key, value in sorted(form.items()))
    signature = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()
    return client.post(
        path, urlencode(form), "application/x-www-form-urlencoded", headers={"x-twilio-signature": signature}
    )


def state(person: Any) -> str:
    return Consent.objects.get(person=person, channel="sms", purpose__key="newsletter").state


def test_a_receipt_reaches_its_delivery_once(client: Any, account: Any, delivery: Delivery) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": NUMBER}
    for _ in range(2):
        assert call(client, account, form, f"?reference={delivery.pk}").status_code == 200
    assert [(row.kind, row.delivery_id) for row in Kept.objects.all()] == [("delivered", delivery.pk)]
    account.refresh_from_db()
    assert account.last_call_at is not None


def test_a_receipt_without_our_reference_is_found_by_the_providers_id(
    client: Any, account: Any, delivery: Delivery
) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30005", "To": NUMBER}
    call(client, account, form)
    assert Kept.objects.get().permanent
    assert governance.suppressed("sms", [NUMBER]) == {NUMBER}


def test_a_watermark_is_about_what_was_sent_before_it(account: Any, delivery: Delivery) -> None:
    early = Receipt(ReceiptKind.READ, START - dt.timedelta(minutes=1), address=NUMBER)
    assert not arrivals.take(account=account, incoming=[early])
    late = Receipt(ReceiptKind.READ, START + dt.timedelta(minutes=1), address=NUMBER)
    assert arrivals.take(account=account, incoming=[late])
    assert not arrivals.take(account=account, incoming=[late])
    assert Kept.objects.get().kind == "read"


def test_stop_withdraws_and_start_takes_it_back(client: Any, account: Any, ada: Any) -> None:
    stop = {"MessageSid": "SM7", "SmsStatus": "received", "From": NUMBER, "Body": "Stop."}
    assert call(client, account, stop).status_code == 200
    assert state(ada) == "withdrawn"
    assert InboundMessage.objects.get().text == "Stop."
    start = {"MessageSid": "SM8", "SmsStatus": "received", "From": NUMBER, "Body": "START"}
    call(client, account, start)
    assert state(ada) == "granted"
    assert Consent.objects.filter(person=ada, channel="sms", state="granted").count() == 1
    call(client, account, stop)
    arrivals.take(
        account=account,
        incoming=[
            Reply("SM7", NUMBER, "Stop.", START),
            Choice(NUMBER, False, START + dt.timedelta(days=999), provider_id="SM7"),
        ],
    )
    assert state(ada) == "granted"


def test_start_grants_nothing_that_stop_did_not_withdraw(account: Any, ada: Any) -> None:
    say(ada, "withdrawn", START + dt.timedelta(hours=1))
    arrivals.take(
        account=account, incoming=[Choice(NUMBER, True, START + dt.timedelta(days=1), provider_id="x")]
    )
    assert state(ada) == "withdrawn"


def test_start_lifts_what_the_provider_knew_of_stop_and_no_other_suppression(
    account: Any, ada: Any, actor: Any
) -> None:
    wants = Choice(NUMBER, True, dt.datetime.max.replace(tzinfo=dt.UTC), provider_id="x")
    for reason, left in (("unsubscribed", set()), ("complained", {NUMBER})):
        suppression.suppress(actor=actor, channel="sms", address=NUMBER, reason=reason, source="")
        arrivals.take(account=account, incoming=[wants])
        assert governance.suppressed("sms", [NUMBER]) == left


def test_an_address_that_is_gone_gets_nothing(account: Any) -> None:
    arrivals.take(account=account, incoming=[Gone(NUMBER, START, "+4915100000000")])
    assert governance.suppressed("sms", [NUMBER]) == {NUMBER}


def test_strangers_may_write_and_stop(client: Any, account: Any) -> None:
    form = {"MessageSid": "SM9", "SmsStatus": "received", "From": "+4915100000009", "Body": "HELP"}
    answer = call(client, account, form)
    assert b"<Message>Shop</Message>" in answer.content
    assert InboundMessage.objects.get().person is None


@pytest.mark.parametrize(
    ("change", "status"),
    [({"secret": "guess"}, 403), ({"form": {"MessageStatus": "delivered"}}, 400)],
)
def test_what_is_not_proved_or_not_readable_changes_nothing(
    client: Any, account: Any, delivery: Delivery, change: dict[str, Any], status: int
) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "30005", "To": NUMBER}
    assert call(client, account, **({"form": form} | change)).status_code == status
    assert not Kept.objects.exists()


def test_other_addresses_and_methods_are_nobodys(client: Any, account: Any) -> None:
    assert client.post("/hooks/channels/guess", {}).status_code == 404
    assert client.put(f"/hooks/channels/{account.token}").status_code == 405
    assert client.get(f"/hooks/channels/{account.token}").status_code == 403
    large = client.post(f"/hooks/channels/{account.token}", b"x" * 6_000_000, "text/plain")
    assert large.status_code == 413


def test_where_addresses_are_no_identifiers_the_person_is_named_by_id(actor: Any, ada: Any) -> None:
    secret = "whsec_" + base64.b64encode(b"x" * 32).decode()
    values = {"url": "https://erp.example.org/", "secret": secret}
    account = accounts.create(actor=actor, adapter="webhook", name="ERP", values=values)
    stop = Choice(str(ada.pk), False, START + dt.timedelta(hours=1), provider_id="x")
    arrivals.take(account=account, incoming=[stop])
    assert set(Consent.objects.filter(person=ada, channel="webhook").values_list("state", flat=True)) == {
        "withdrawn"
    }
    arrivals.take(account=account, incoming=[Choice("nobody", False, START, provider_id="y")])
