"""What an SMTP answer means for the message, the address and the sender.

The reasons are those of `inbound.reasons`, so that a refusal means the same whether a server gives it at once or sends
it back as a bounce. Only what blames the address itself ends in BAD_ADDRESS, which suppresses it; what blames the
sender (reputation, authentication, rate) is POLICY, which pauses the sending; the content and all else is REFUSED.
"""

from __future__ import annotations

import re

from rapport.channels.email.inbound.reasons import ABOUT, PERMANENT, About, Evidence, judge
from rapport.channels.protocol import Outcome, Result

_ENHANCED = re.compile(r"^\s*(?P<class>[245])\.(?P<subject>\d{1,3})\.(?P<detail>\d{1,3})\b")
_EVERY_LINE = re.compile(
    r"\n[245]\.\d{1,3}\.\d{1,3} ?"
)  # servers repeat the status on each line of an answer
_GREYLIST = re.compile(r"gr[ae]y-? ?list|postgrey|first[- ]time sender", re.IGNORECASE)


def classify(stage: str, code: int, answer: bytes) -> Outcome:
    """The outcome of a negative answer (code ≥ 400) given at `stage`: EHLO, MAIL, RCPT, DATA or DOT."""
    text = _EVERY_LINE.sub("\n", answer.decode("utf-8", "replace").strip())
    match = _ENHANCED.match(text)
    status = f"{match['class']}.{match['subject']}.{match['detail']}" if match else ""
    reason = judge(Evidence(status=status, code=str(code), words=text, command=stage))
    blames_recipient = ABOUT[reason] is About.RECIPIENT
    result = _result(stage, code, status, reason)
    words = text.removeprefix(status).strip() or text
    return Outcome(result, f"{code} {status}".strip(), words[:500], blames_recipient=blames_recipient)


def _result(stage: str, code: int, status: str, reason: str) -> Result:
    if code < 500:
        return Result.RETRY
    about, kind = ABOUT[reason], status[2:].partition(".")[0]
    if about is About.CONTENT:
        return Result.REFUSED
    if stage in {"EHLO", "MAIL"} or about in {About.SENDER, About.POLICY}:
        return Result.POLICY
    if reason in PERMANENT or kind == "1":
        return Result.BAD_ADDRESS
    return Result.POLICY if kind == "7" and about is About.UNKNOWN else Result.REFUSED


def asks_to_slow_down(outcome: Outcome) -> bool:
    """Whether a provider put the message off because of us, so that others to it had better wait as well.

    Greylisting is not meant: it puts off each recipient's first message, and waiting with the others would not help.
    """
    if outcome.result is not Result.RETRY or not outcome.code:
        return False
    code, _space, status = outcome.code.partition(" ")
    if _GREYLIST.search(outcome.detail):
        return False
    reason = judge(Evidence(status=status, code=code, words=outcome.detail))
    return code == "421" or status.startswith("4.7.") or ABOUT[reason] is About.SENDER
