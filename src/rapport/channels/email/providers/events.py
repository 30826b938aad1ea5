"""From the events of providers, as anymail reads them, to receipts and choices."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from anymail.signals import AnymailTrackingEvent, EventType

from rapport.channels.email.inbound import reasons
from rapport.channels.email.inbound.reasons import Evidence
from rapport.channels.email.providers.messages import DELIVERY
from rapport.channels.incoming import About, Choice, Incoming, Receipt, ReceiptKind

_KINDS = {
    EventType.DELIVERED: ReceiptKind.DELIVERED,
    EventType.OPENED: ReceiptKind.READ,
    EventType.CLICKED: ReceiptKind.CLICKED,
    EventType.COMPLAINED: ReceiptKind.COMPLAINED,
}
_FAILURES = frozenset({EventType.BOUNCED, EventType.REJECTED, EventType.FAILED})
_ABOUT = {
    reasons.About.RECIPIENT: About.RECIPIENT,
    reasons.About.SENDER: About.SENDER,
    reasons.About.POLICY: About.SENDER,
    reasons.About.CONTENT: About.CONTENT,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What a provider tells of a message that did not arrive. `hard`: it says that the address is none."""

    hard: bool
    status: str = ""
    words: str = ""


Explain = Callable[[AnymailTrackingEvent], Failure]


def incoming(
    events: Iterable[AnymailTrackingEvent], explain: Explain, now: dt.datetime
) -> Iterator[Incoming]:
    """What the events of one call mean; those that change nothing are left out."""
    for event in events:
        at = min(event.timestamp or now, now)
        if event.event_type == EventType.UNSUBSCRIBED:
            if event.recipient:
                yield Choice(event.recipient, False, at, provider_id=event.message_id or "")
        elif event.event_type in _FAILURES:
            yield _failure(event, explain(event), at)
        elif kind := _KINDS.get(event.event_type):
            yield Receipt(
                kind,
                at,
                event.message_id or "",
                reference(event.metadata),
                event.recipient or "",
                reason="machine" if by_machine(event) else "",
                url=event.click_url or "",
            )


def reference(metadata: object) -> str:
    """Our name of the message, where the provider gives it back; never somebody else's words."""
    name = str(metadata.get(DELIVERY, "")) if isinstance(metadata, dict) else ""
    try:
        return str(uuid.UUID(name))
    except ValueError:
        return ""


def by_machine(event: AnymailTrackingEvent) -> bool:
    """Whether the provider itself says that a privacy proxy or a scanner opened it."""
    data = event.esp_event if isinstance(event.esp_event, dict) else {}
    return bool(data.get("sg_machine_open")) or "proxy_open" in str(data.get("event"))


def _failure(event: AnymailTrackingEvent, failure: Failure, at: dt.datetime) -> Receipt:
    """Both the provider and the words of the refusal must say that the address is none before it counts as that.

    Providers call blocks for reputation and full mailboxes hard bounces too.
    """
    words = failure.words
    evidence = Evidence(failure.status, "", words, "RCPT" if failure.hard else "")
    reason = reasons.judge(evidence)
    if reason == "undefined" and failure.hard:
        reason = "user_unknown"
    return Receipt(
        ReceiptKind.BOUNCED,
        at,
        event.message_id or "",
        reference(event.metadata),
        event.recipient or "",
        permanent=failure.hard and reasons.is_permanent(reason, evidence),
        about=_ABOUT.get(reasons.ABOUT[reason], About.UNCLEAR),
        reason=reason,
        code=failure.status,
        detail=words[:500],
    )
