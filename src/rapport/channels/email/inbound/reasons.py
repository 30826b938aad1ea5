"""Why a message was refused: standard words for it, from status codes (RFC 3463, 5248, 7372) and wording."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources


class About(enum.StrEnum):
    """Whom or what a refusal blames."""

    RECIPIENT = "recipient"
    SENDER = "sender"
    CONTENT = "content"
    POLICY = "policy"
    SYSTEM = "system"
    UNKNOWN = "unknown"


ABOUT: dict[str, About] = {
    "user_unknown": About.RECIPIENT,
    "address_unknown": About.RECIPIENT,
    "host_unknown": About.RECIPIENT,
    "no_mail": About.RECIPIENT,  # the domain takes no mail at all (RFC 7504, 7505)
    "moved": About.RECIPIENT,
    "mailbox_full": About.RECIPIENT,
    "disabled": About.RECIPIENT,
    "filtered": About.RECIPIENT,
    "sender_rejected": About.SENDER,
    "blocked": About.SENDER,
    "authentication": About.SENDER,
    "reverse_dns": About.SENDER,
    "rate_limited": About.SENDER,
    "relaying_denied": About.POLICY,
    "policy": About.POLICY,
    "security": About.POLICY,
    "spam": About.CONTENT,
    "virus": About.CONTENT,
    "content": About.CONTENT,
    "too_big": About.CONTENT,
    "expired": About.SYSTEM,
    "network": About.SYSTEM,
    "system": About.SYSTEM,
    "loop": About.SYSTEM,
    "syntax": About.SYSTEM,
    "delivered": About.UNKNOWN,
    "feedback": About.UNKNOWN,
    "undefined": About.UNKNOWN,
}
PERMANENT = frozenset({"user_unknown", "host_unknown", "no_mail", "moved"})
"""Only these say that the address itself will never take mail: nobody is suppressed for anything else."""


_WEAK = frozenset({"security", "policy", "expired", "network", "system"})
"""Words so general that a telling status code is believed before them."""
MAX_WORDS = 2_500


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a report says of one recipient. `command` is the SMTP command that was refused, where that is told."""

    status: str = ""
    code: str = ""
    words: str = ""
    command: str = ""
    action: str = ""
    category: str = ""
    by_rule: bool = False


_STATUSES = {
    "user_unknown": "1.1 1.4 1.10",
    "host_unknown": "1.2",
    "moved": "1.6",
    "no_mail": "7.27",
    "sender_rejected": "1.7 1.8",
    "mailbox_full": "2.2",
    "disabled": "2.1 7.13",
    "too_big": "2.3 3.4",
    "expired": "4.1 4.7",
    "network": "4.2 4.3",
    "loop": "4.6",
    "rate_limited": "4.5 5.3 7.28",
    "syntax": "5.1 5.2 5.4 5.5 5.6",
    "system": "2.4 3.0 3.1 3.2 3.3 3.5",
    "content": "6.0 6.1 6.2 6.3 6.4 6.5 6.6 6.9",
    "policy": "7.0 7.1 7.2",
    "security": "7.4 7.5 7.6 7.7 7.8 7.9",
    "authentication": "7.20 7.21 7.22 7.23 7.24 7.26 7.509 7.515",
    "reverse_dns": "7.25",
    "blocked": "7.606",
}
STATUS = {detail: reason for reason, details in _STATUSES.items() for detail in details.split()}
"""Enhanced status code without its class, and the reason it names."""
_TELLING = frozenset(
    {"user_unknown", "host_unknown", "moved", "no_mail", "mailbox_full", "authentication", "reverse_dns"}
)
_NAMELESS = re.compile(
    r"[45]\d\d ?: user unknown", re.IGNORECASE
)  # a filter after DATA; a lookup names the address
_SPACE = re.compile(r"\s+")


@cache
def wording() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The rules of `wording.txt`, in order."""
    rules: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in resources.files(__package__).joinpath("wording.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            lines = rules.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("# "):
            lines.append(line)
    names = {"{user}": "(?:" + "|".join(rules.pop("user")) + ")", "{gap}": r"(?:[^.]|\.(?! )){0,60}"}
    return tuple((reason, _compiled(lines, names)) for reason, lines in rules.items())


def _compiled(lines: list[str], names: dict[str, str]) -> re.Pattern[str]:
    joined = "|".join(f"(?:{line})" for line in lines)
    for name, pattern in names.items():
        joined = joined.replace(name, pattern)
    return re.compile(joined)


def by_words(words: str) -> str:
    """The reason that a text gives, or ""."""
    return _matched(words[:MAX_WORDS])


@lru_cache(maxsize=512)
def _matched(words: str) -> str:
    text = _SPACE.sub(" ", words).replace("’", "'").lower()
    return next((reason for reason, pattern in wording() if pattern.search(text)), "")


def judge(evidence: Evidence) -> str:
    """The reason for what was reported. Words are believed before codes, which senders set wrongly more often."""
    if evidence.action in {"delivered", "relayed", "expanded", "deliverable"} or evidence.status.startswith(
        "2."
    ):
        return "delivered"
    detail = evidence.status.partition(".")[2]
    by_status = STATUS.get(detail, "")
    reason = by_words(evidence.words) or ("no_mail" if evidence.code == "521" else "")
    blames_sender = by_status == "sender_rejected" or evidence.command == "MAIL"
    if blames_sender and ABOUT.get(reason) is About.RECIPIENT:
        return "sender_rejected"
    if reason == "address_unknown":
        return "filtered" if evidence.by_rule or _NAMELESS.search(evidence.words) else "user_unknown"
    if reason == "user_unknown" and not _existence_denied(evidence, detail):
        return "filtered"
    if not reason or (reason in _WEAK and by_status in _TELLING):
        reason = by_status
    if not reason and evidence.action == "delayed":
        return "expired"
    return reason or "undefined"


def _existence_denied(evidence: Evidence, detail: str) -> bool:
    """Whether "user unknown" is what it says.

    Asked at RCPT, or with a status 5.1.x, the server looked the user up. The same words given after the message had
    been read come from the recipient's own filter, as mobile carriers do it: the address is alive.
    """
    if evidence.by_rule or _NAMELESS.search(evidence.words):
        return False
    if detail.startswith("1.") or evidence.category == "bad-mailbox":
        return True
    return evidence.command == "RCPT"


def is_permanent(reason: str, evidence: Evidence) -> bool:
    """Whether the address itself will never take mail."""
    return reason in PERMANENT and not evidence.status.startswith("4.") and evidence.action != "delayed"
