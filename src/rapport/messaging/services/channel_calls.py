"""Calls of providers to the address of a channel account: proved, read, kept, and answered."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction
from django.db.models import F, Q
from django.http import Http404

from rapport.channels import queries as channels
from rapport.channels.incoming import Answer, Call
from rapport.channels.models import ChannelAccount
from rapport.channels.networks import COMMENT_LISTENERS, SocialAnswer, way_of
from rapport.channels.protocol import Result
from rapport.channels.services import connections
from rapport.core.clock import SYSTEM, Clock
from rapport.messaging.services import arrivals

log = logging.getLogger("rapport.messaging")
NOTED_EVERY = dt.timedelta(seconds=10)


def receive(*, token: str, call: Call, clock: Clock = SYSTEM) -> Answer:
    """Keeps what a provider says and returns what to answer. Raises Http404, NotTheirs, Malformed, Unreadable."""
    account = channels.account_called(token)
    adapter = way_of(account.adapter)
    if adapter is None or adapter.receive is None:
        raise Http404
    answer = adapter.receive(call, connections.settings_of(account))
    if isinstance(answer, SocialAnswer):
        return _told(account, answer, call.now, clock)
    new = arrivals.take_once(account=account, incoming=answer.incoming, once=answer.once, clock=clock)
    _note(account, call.now)
    if new and answer.messages:
        _answer(account, answer)
    return answer


def note_refused(token: str) -> None:
    """Counts a call that was not taken, for the account's page and for operators."""
    ChannelAccount.objects.filter(token=token).update(calls_refused=F("calls_refused") + 1)


@transaction.atomic
def _told(account: ChannelAccount, answer: SocialAnswer, now: dt.datetime, clock: Clock) -> Answer:
    """Comments below public posts are for whoever published these."""
    for listen in COMMENT_LISTENERS:
        listen(account, answer.comments, clock)
    _note(account, now)
    return Answer(body=answer.body)


def _note(account: ChannelAccount, now: dt.datetime) -> None:
    stale = Q(last_call_at=None) | Q(last_call_at__lt=now - NOTED_EVERY)
    ChannelAccount.objects.filter(stale, pk=account.pk).update(last_call_at=now)


def _answer(account: ChannelAccount, answer: Answer) -> None:
    """Says what STOP and HELP are answered with; nobody is told when it does not arrive."""
    outcomes = connections.connected_to(account).channel.deliver(answer.messages)
    for outcome in outcomes:
        if outcome.result is not Result.ACCEPTED:
            log.warning("an answer over the account %s: %s %s", account.name, outcome.code, outcome.detail)
