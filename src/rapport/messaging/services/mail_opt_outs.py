"""Whether an answer to a message says nothing but that they want no more of it.

It counts as the message's own way out. Only what answers a message of ours is asked: the sender of a mail proves
nothing, but who knows the id of a message got it.
"""

from __future__ import annotations

import re
from itertools import takewhile

from rapport.channels.keywords import Keyword, keyword_of
from rapport.governance.models import MARKETING, ConsentRecord
from rapport.messaging.models import Delivery
from rapport.people import queries as people

SOURCE, MAIL = "reply", "unsubscribe mail"
MORE = (
    "unsubscribe from this list", "unsubscribe me from this list", "unsubscribe me from your list",
    "remove me from this list", "no more emails", "stop emailing me", "stop sending me emails",
    "newsletter abmelden", "newsletter abbestellen", "keine weiteren mails", "keine mails mehr",
    "aus dem verteiler nehmen", "me desabonner", "me desinscrire",
)  # fmt: skip
_ANSWER = re.compile(r"^(?:(?:re|aw|sv|antw|odp|rv|r)\s*:\s*)+", re.IGNORECASE)
# Where the quotation of the message begins, or a signature.
_END = re.compile(
    r"^(?:>|--\s*$|_{5,}|-{3,}.*-{3,}|(?:from|von|de|da|van|od)\s*:|(?:on|am|le|el|il|op)\b.*:\s*$"
    r"|sent from my|von meinem|envoy[ée] de mon|get outlook)",
    re.IGNORECASE,
)


def has_left(delivery: Delivery) -> bool:
    """Whether a mail with this message's token has withdrawn consent before: a copy of it never does so again, also
    when consent was given anew."""
    family = people.family(delivery.person_id) if delivery.person_id else []
    lines = ConsentRecord.objects.filter(person_id__in=family, purpose=delivery.send.purpose_id, source=MAIL)
    return lines.filter(evidence__delivery=str(delivery.pk)).exists()


def opts_out(delivery: Delivery, subject: str, text: str) -> bool:
    """Whether an answer to this message is an opt-out and nothing else."""
    if delivery.send.purpose.basis not in MARKETING:
        return False
    lines = takewhile(lambda line: not _END.match(line), (line.strip() for line in text.splitlines()))
    words = " ".join(line for line in lines if line)
    if words:
        return keyword_of(words, MORE) is Keyword.STOP
    bare = _ANSWER.sub("", subject.strip())
    return bare == subject.strip() and keyword_of(bare, MORE) is Keyword.STOP
