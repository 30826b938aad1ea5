"""Trying one account, by a test and by asking its provider, to see whether it works before anything depends on it."""

from __future__ import annotations

import html
import json
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rapport.channels import queries
from rapport.channels.models import ChannelAccount
from rapport.channels.networks import NETWORKS, Failed, SignedOut
from rapport.channels.protocol import Content, Outcome, Unfit
from rapport.channels.registry import ADAPTERS, ChannelKind, WrongSettings, channel_kind
from rapport.channels.services import social
from rapport.channels.services.connections import connected_to
from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.people.normalise import normalise
from rapport.people.queries import find


def send_test(
    *,
    actor: Actor,
    account_id: int,
    address: str,
    fields: dict[str, str] | None = None,
    clock: Clock = SYSTEM,
) -> Outcome:
    """Sends one short message to an address and says what became of it. Raises Http404, ValidationError."""
    actor.require("channels.edit")
    account = queries.account_for(actor, account_id)
    if account.adapter in NETWORKS:
        raise ValidationError(_("A post would be public: ask the provider instead."))
    kind = channel_kind(account.channel)
    place = _place(actor, kind, address.strip())
    sender = queries.sender(marketing=account.stream == "marketing")
    try:
        connection = connected_to(account)
        message = connection.composer(sender)(_content(kind, place, fields or {}, clock))
        outcome = connection.channel.deliver([message])[0]
    except (Unfit, WrongSettings, crypto.Unreadable) as error:
        raise ValidationError(str(error)) from error
    connection.note([message], [outcome], clock.now())
    data = {"result": outcome.result.value, "code": outcome.code}
    _record(actor, "channel_account.tested", account, data, clock)
    return outcome


def _place(actor: Actor, kind: ChannelKind, text: str) -> str:
    """The address meant; of a channel whose addresses follow from persons, that of the person named. Raises
    ValidationError.
    """
    if kind.addresses is None:
        place = (normalise(kind.identifier, text) or "") if kind.identifier else text
        if not place:
            raise ValidationError({"address": _("That is no address of this channel.")})
        return place
    names = (text, f"email:{text}", f"user_id:{text}")
    person = next((person for name in names if (person := find(actor, name))), None)
    if person is None:
        raise ValidationError({"address": _("Nobody is known by this. Give an email address or a user ID.")})
    addresses = kind.addresses.read([person.pk])
    if person.pk not in addresses:
        raise ValidationError({"address": _("This person cannot be reached over the channel.")})
    return addresses[person.pk]


def inspect(*, actor: Actor, account_id: int, clock: Clock = SYSTEM) -> list[tuple[str, str]]:
    """How the provider says the account stands; where its API can, it also learns our address.

    Raises Http404, ValidationError.
    """
    actor.require("channels.edit")
    account = queries.account_for(actor, account_id)
    try:
        if account.adapter in NETWORKS:
            rows = social.try_account(account, clock.now())
        elif (look := ADAPTERS[account.adapter].look) is not None:
            rows = list(look(connected_to(account).settings))
        else:
            raise ValidationError(_("This provider cannot be asked."))
    except (WrongSettings, crypto.Unreadable, SignedOut, Failed) as error:
        raise ValidationError(str(error)) from error
    _record(actor, "channel_account.inspected", account, {}, clock)
    return rows


def _content(kind: ChannelKind, address: str, fields: dict[str, str], clock: Clock) -> Content:
    words = _("This is a test from Rapport. If you can read it, the account works.")
    title = _("[Test] Rapport")
    samples = {"text": words, "json": json.dumps({"type": "test", "data": {"text": words}})}
    chosen = {field.key for field in kind.fields if field.required} | fields.keys() or {"text"}
    given: dict[str, Any] = {
        field.key: fields.get(field.key) or samples.get(field.kind, title)
        for field in kind.fields
        if field.key in chosen
    }
    page = f"<p>{html.escape(words)}</p>"
    return Content(str(uuid.uuid4()), "", address, title, page, words, clock.now(), fields=given, test=True)


def _record(actor: Actor, action: str, account: ChannelAccount, data: dict[str, str], clock: Clock) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_type="channel_account",
        object_id=account.pk,
        data=data,
        clock=clock,
    )
