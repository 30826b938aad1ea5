"""An endpoint is told of the events it wants: once stored, signed, under one id, with the rights of who set it up."""

import datetime as dt
import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from rapport.core import access, jobs
from rapport.core.clock import SYSTEM
from rapport.core.models import User
from rapport.core.services import standard_webhooks
from rapport.events.models import EventProperty, EventType
from rapport.integrations.models import WebhookEndpoint, WebhookMessage
from rapport.integrations.services import endpoints, personal_data, replaying
from rapport.people.queries import find


def payloads(receiver):
    return [json.loads(body) for _headers, body in receiver.got]


def test_only_the_chosen_events_are_told_signed_with_who_it_is(endpoint, receiver, order, work, actor):
    order(1, total=12)
    order(2, event="Cart Viewed")
    work()
    [payload] = payloads(receiver)
    receiver.verify(endpoint.shown)
    person = find(actor, "user_id:u1")
    assert payload["type"] == "Order Completed"
    assert payload["version"] == 1
    assert payload["data"]["person"] == {"id": str(person.pk), "user_ids": ["u1"]}
    assert payload["data"]["properties"] == {"number": 1, "total": 12}


def test_an_event_sent_twice_is_told_once(endpoint, receiver, order, work):
    order(1)
    order(1)
    work()
    assert len(receiver.got) == 1


def test_a_failed_try_is_repeated_later_under_the_same_id(endpoint, receiver, order, work):
    receiver.answers = [500]
    order(1)
    work()
    work(minutes=1)
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    assert list(WebhookMessage.objects.get().tries.order_by("pk").values_list("status", flat=True)) == [
        500,
        204,
    ]
    assert WebhookMessage.objects.get().state == "delivered"


def test_while_the_secret_changes_both_sign(endpoint, receiver, order, work, maker):
    new = endpoints.rotate_secret(actor=maker, endpoint_id=endpoint.pk)
    order(1)
    work()
    receiver.verify(endpoint.shown)
    receiver.verify(new)
    order(2)
    work(hours=25)
    receiver.verify(new)
    with pytest.raises(standard_webhooks.BadSignature):
        receiver.verify(endpoint.shown)


def test_flagged_properties_are_masked_for_who_may_not_see_personal_data(
    endpoint, receiver, order, work, user
):
    from rapport.core.models import Role

    event_type = EventType.objects.create(name="Order Completed")
    EventProperty.objects.create(event=event_type, name="note", personal=EventProperty.Personal.YES)
    narrow = Role.objects.create(key="hooks", name="Hooks", grants={"webhooks.edit": "all", "people.view": "all",
                                                                   "webhooks.view": "all"})  # fmt: skip
    user.roles.set([narrow])
    order(1, note="allergic")
    work()
    assert payloads(receiver)[0]["data"]["properties"]["note"] == "••••"


def test_of_persons_its_maker_may_not_see_it_is_told_nothing(endpoint, receiver, order, work, user):
    from rapport.core.models import Role, Workspace

    Workspace.objects.update_or_create(id=1, defaults={"unowned_for_all": False})
    own = {"webhooks.edit": "all", "webhooks.view": "all", "people.view": "own"}
    user.roles.set([Role.objects.create(key="own", name="Own", grants=own)])
    order(1)
    work()
    assert receiver.got == []
    assert WebhookMessage.objects.get().state == "withheld"


def test_an_endpoint_ends_with_the_rights_of_who_set_it_up(endpoint, receiver, order, work):
    User.objects.update(is_active=False)
    order(1)
    work()
    endpoint.refresh_from_db()
    assert receiver.got == []
    assert (endpoint.disabled_because, WebhookMessage.objects.get().state) == ("rights", "waiting")


def test_who_changes_the_address_gives_it_their_own_rights(endpoint, receiver, actor_in_role, live):
    other = User.objects.create_user("bob@example.org", "correct horse battery", name="Bob", roles=["admin"])
    row = endpoints.change(actor=access.for_user(other), endpoint_id=endpoint.pk, events=["Cart *"])
    assert row.actor_label == "bob@example.org"
    with pytest.raises(PermissionDenied):
        endpoints.change(actor=actor_in_role("analyst"), endpoint_id=endpoint.pk, name="Mine")


def test_whoever_is_erased_is_not_told_of_any_more(endpoint, receiver, order, work, actor):
    order(1)
    person = find(actor, "user_id:u1")
    assert personal_data.export([person.pk])["webhooks"][0]["event"] == "Order Completed"
    personal_data.erase([person.pk])
    work()
    assert receiver.got == []
    assert not WebhookMessage.objects.exists()


def test_what_a_disabled_endpoint_missed_is_counted_and_replayed(endpoint, receiver, order, work, maker):
    endpoints.disable(actor=maker, endpoint_id=endpoint.pk)
    order(1)
    order(2)
    endpoint.refresh_from_db()
    assert endpoint.missed == 2
    endpoints.enable(actor=maker, endpoint_id=endpoint.pk)
    replay(maker, endpoint)
    work()
    assert sorted(entry["data"]["properties"]["number"] for entry in payloads(receiver)) == [1, 2]
    endpoint.refresh_from_db()
    assert endpoint.missed == 0


def test_a_replay_has_the_ids_it_had(endpoint, receiver, order, work, maker):
    order(1)
    work()
    replay(maker, endpoint)
    work(seconds=1)
    assert len(receiver.got) == 2
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    assert receiver.got[0][1] == receiver.got[1][1]


def replay(maker, endpoint, **more):
    now = SYSTEM.now()
    span = replaying.Span(
        now - dt.timedelta(days=1), now + dt.timedelta(minutes=1), more.get("only_failed", False)
    )
    replaying.order(actor=maker, endpoint_id=endpoint.pk, span=span)
    jobs.run_due(replaying.KIND)


def test_a_full_queue_is_bounded_and_says_what_it_missed(endpoint, order, settings):
    settings.WEBHOOK_QUEUE = 2
    for number in range(5):
        order(number)
    endpoint.refresh_from_db()
    assert WebhookMessage.objects.count() == 2
    assert endpoint.missed == 3
    assert endpoint.missed_since is not None


def test_a_test_event_goes_to_a_disabled_endpoint_too(endpoint, receiver, work, maker):
    endpoints.disable(actor=maker, endpoint_id=endpoint.pk)
    endpoints.send_test(actor=maker, endpoint_id=endpoint.pk)
    work()
    receiver.verify(endpoint.shown)
    assert payloads(receiver)[0]["type"] == "Webhook Test"


@pytest.mark.parametrize("events", [[], ["*Order"], ["Or*der"], ["x" * 201], ["a\x00b"]])
def test_what_is_no_event_is_refused(live, maker, receiver, events):
    with pytest.raises(ValidationError) as refused:
        endpoints.create(actor=maker, name="ERP", url=receiver.url, events=events)
    assert list(refused.value.message_dict) == ["events"]
    assert not WebhookEndpoint.objects.exists()
