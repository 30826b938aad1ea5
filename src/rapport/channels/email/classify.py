"""What an SMTP answer means for the message, the address and the sender."""

from __future__ import annotations

import re

from rapport.channels.protocol import Outcome, Result

_ENHANCED = re.compile(r"^\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
SENDERS_FAULT = frozenset({7, 8})  # 5.1.7 and 5.1.8 speak of the sender's address, not the recipient's


def classify(stage: str, code: int, answer: bytes) -> Outcome:
    """The outcome of a negative answer (code ≥ 400) given at `stage`: EHLO, MAIL, RCPT, DATA or DOT."""
    text = answer.decode("utf-8", "replace").strip()
    match = _ENHANCED.match(text)
    enhanced = f"{match[1]}.{match[2]}.{match[3]}" if match else ""
    label = f"{code} {enhanced}".strip()
    return Outcome(_result(stage, code, enhanced), label, text[:500])


def _result(stage: str, code: int, enhanced: str) -> Result:
    if code < 500:
        return Result.RETRY
    if stage in {"EHLO", "MAIL"}:
        return Result.POLICY
    if not enhanced:
        return Result.REFUSED
    _, subject, detail = (int(part) for part in enhanced.split("."))
    if subject == 7 or (subject == 1 and detail in SENDERS_FAULT):
        return Result.POLICY
    return Result.BAD_ADDRESS if subject == 1 else Result.REFUSED
