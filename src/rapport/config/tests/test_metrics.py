"""What operators are told: figures at /metrics, alarms on Home and by `rapport doctor`, and what is kept how long."""

import datetime as dt

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rapport.channels.models import ChannelAccount, Device, InboxMessage
from rapport.config import doctor
from rapport.core import jobs
from rapport.core.access import for_user
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.models import Job
from rapport.core.observing import alarms
from rapport.core.services import keys
from rapport.integrations.models import WebhookEndpoint, WebhookMessage
from rapport.messaging.models import DeliverabilityDay, IncomingMail, Mailbox
from rapport.transfers.models import Received

NOW = SYSTEM.now()
DAY = dt.timedelta(days=1)


@pytest.fixture
def account(db):
    return ChannelAccount.objects.create(
        channel="email", adapter="smtp", name="Main", token="t" * 20, created_by="ada", last_error="535 no",
        last_error_at=NOW, calls_refused=3,
    )  # fmt: skip


@pytest.fixture
def endpoint(db):
    return WebhookEndpoint.objects.create(
        name="ERP", url="https://erp.example.org/", events=["Order *"], secret="", created_at=NOW, actor_kind="user",
        actor_id="1", actor_label="ada", failing_since=NOW - 2 * DAY, last_error="HTTP 500",
    )  # fmt: skip


@pytest.fixture
def mailbox(db):
    return Mailbox.objects.create(name="Bounces", host="imap.example.org", username="b", created_at=NOW - DAY)


def scrape(client, user, **scopes):
    _key, secret = keys.create(actor=for_user(user), name="watch", scopes=["metrics.view"], role="")
    answer = client.get("/metrics", headers={"authorization": f"Bearer {secret}"})
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_metrics_tell_of_queues_accounts_and_endpoints(client, user, account, endpoint, mailbox):
    message = {"endpoint": endpoint, "event": "Order Completed", "message_id": "1", "at": NOW}
    WebhookMessage.objects.create(webhook_id="msg_1", created_at=NOW - dt.timedelta(hours=1), **message)
    DeliverabilityDay.objects.create(day=NOW.date(), channel="email", marketing=True, offered=10, bounced=2)
    figures = scrape(client, user)
    names = {name: value for (name, _labels), value in figures.items()}
    assert names["rapport_channel_account_works"] == 0
    assert names["rapport_channel_account_calls_refused_total"] == 3
    assert names["rapport_webhook_endpoint_waiting"] == 1
    assert names["rapport_webhook_endpoint_oldest_seconds"] >= 3600
    stream = frozenset({("channel", "email"), ("stream", "marketing")})
    assert figures["rapport_messages_bounced_total", stream] == 2


def test_metrics_need_a_key_that_may_read_them(client, user):
    assert client.get("/metrics").status_code == 401
    _key, secret = keys.create(actor=for_user(user), name="other", scopes=["people.view"], role="")
    assert client.get("/metrics", headers={"authorization": f"Bearer {secret}"}).status_code == 403


def test_home_says_what_is_wrong_and_what_to_do(page, clickhouse, account, endpoint, mailbox):
    content = page.get("/").content.decode()
    for words in ("Main", "535 no", "ERP", "HTTP 500", "Bounces"):
        assert words in content
    assert f"/settings/webhooks/{endpoint.pk}/" in content


def test_alarms_are_for_who_may_see_their_page(actor_in_role, actor, account, endpoint):
    assert len(alarms(actor, NOW)) == 2
    assert list(alarms(actor_in_role("agent"), NOW)) == []


def test_rates_that_providers_punish_are_alarming(actor, db):
    counts = {"offered": 1000, "accepted": 990, "bounced": 10, "complained": 3}
    DeliverabilityDay.objects.create(
        day=NOW.date(), channel="email", provider="gmail.com", marketing=True, **counts
    )
    [alarm] = alarms(actor, NOW)
    assert "gmail.com" in alarm.words
    assert "complained" in alarm.words


@pytest.mark.parametrize("reason", ["gone", "failing", "rights"])
def test_a_disabled_endpoint_is_an_alarm_unless_by_hand(actor, endpoint, reason):
    WebhookEndpoint.objects.update(disabled_at=NOW, disabled_because=reason)
    assert "disabled" in alarms(actor, NOW)[0].words
    WebhookEndpoint.objects.update(disabled_because="by_hand")
    assert alarms(actor, NOW) == []


def test_doctor_names_alarms(account, endpoint):
    lines = doctor._alarms(VirtualClock(NOW))
    assert [passed for passed, _line in lines] == [False, False]
    ChannelAccount.objects.all().delete()
    WebhookEndpoint.objects.all().delete()
    assert doctor._alarms()[0][0]


def test_what_is_over_is_kept_as_long_as_its_setting_says(person, settings, endpoint, mailbox):
    ada = person(email="ada@example.org")
    message = {"endpoint": endpoint, "event": "x", "message_id": "1", "at": NOW, "created_at": NOW}
    for days in (1, 400):
        at = NOW - days * DAY
        InboxMessage.objects.create(person=ada, title="Hi", created_at=at)
        Device.objects.create(person=ada, kind="web", digest=f"d{days}", sealed="", gone_at=at)
        WebhookMessage.objects.create(webhook_id=f"msg_{days}", settled_at=at, state="delivered", **message)
        IncomingMail.objects.create(
            mailbox=mailbox, uid_validity=1, uid=days, outcome="noted", received_at=at, read_at=at
        )
    Device.objects.create(person=ada, kind="web", digest="living", sealed="")
    WebhookMessage.objects.create(webhook_id="msg_waiting", **message)
    settings.INBOX_DAYS = 0
    jobs.enqueue(actor=for_system(), kind="core.retention", clock=VirtualClock(NOW))
    jobs.run_due("core.retention", clock=VirtualClock(NOW))
    assert InboxMessage.objects.count() == 2
    assert set(Device.objects.values_list("digest", flat=True)) == {"d1", "living"}
    assert set(WebhookMessage.objects.values_list("webhook_id", flat=True)) == {"msg_1", "msg_waiting"}
    assert IncomingMail.objects.count() == 1
    assert Job.objects.get(kind="core.retention").result["devices"] == 1
    assert not Received.objects.exists()


def for_system():
    from rapport.core import access

    return access.system("test")
