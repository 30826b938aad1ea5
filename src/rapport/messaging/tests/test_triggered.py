"""Sends that stand open: after a restore, after a cancellation, and who may touch what a call asked for."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from rapport.content.models import Template
from rapport.content.services import templates
from rapport.content.services.liquid_source import TemplateError
from rapport.core import crypto
from rapport.core.services.journal import Line
from rapport.governance.models import Purpose
from rapport.messaging.models import Delivery, EarlierDelivery, Send
from rapport.messaging.services import handovers, sends
from rapport.messaging.tests import driving
from rapport.messaging.tests.test_calls import MJML, body_for, clock, receipt

__all__ = ["clock", "receipt"]


def test_messages_are_taken_after_their_send_was_cancelled(
    api: Any, actor: Any, receipt: Purpose, template: Template, channel: Any, sink: Any, clock: Any
) -> None:
    api("POST", "/messages", body_for(template))
    sends.cancel(actor=actor, send_id=Send.objects.get().pk)
    api("POST", "/messages", body_for(template))
    api("POST", "/messages", body_for(template))
    driving.run_once(clock, 10, channel)
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sent", "sent", "skipped"]
    assert (Send.objects.count(), len(sink.taken)) == (2, 2)


def test_after_a_restore_the_message_that_went_out_is_known_from_the_next_one(
    api: Any, receipt: Purpose, template: Template, channel: Any, sink: Any, clock: Any
) -> None:
    first = api("POST", "/messages", body_for(template), **{"Idempotency-Key": "order-1"})[1]["id"]
    api("POST", "/messages", body_for(template), **{"Idempotency-Key": "order-2"})
    row = Delivery.objects.select_related("send").get(pk=first)
    send = row.send
    key = f"{send.origin}:{send.origin_id}:{send.template_version_id}:{send.channel}"
    hashed = crypto.address_hash("email", "ada@example.org")
    recipient = [str(uuid.uuid4()), 1, str(row.person_id), hashed, row.occurrence]
    handovers.read_back(
        None, [Line("handed_over", clock.now(), None, {"send": key, "to": [recipient]})], clock
    )
    assert EarlierDelivery.objects.get().occurrence == row.occurrence
    driving.run_once(clock, 10, channel)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("skipped", "earlier")
    assert len(sink.taken) == 1


def test_nobody_writes_what_a_call_will_send(
    api: Any, actor: Any, receipt: Purpose, template: Template
) -> None:
    with pytest.raises(TemplateError, match="kept for"):
        templates.create_template(actor=actor, name="x", key="inline-" + "0" * 40)
    assert not templates.create_template(actor=actor, name="inline-x").key.startswith("inline-")
    content = {"subject": "Hi", "mjml": MJML}
    assert api("POST", "/messages", {**body_for(template), "template": "", "content": content})[0] == 202
    inline = Template.objects.get(is_inline=True)
    with pytest.raises(TemplateError, match="cannot be changed"):
        templates.save_draft(actor=actor, template_id=inline.pk, subject="Other")
