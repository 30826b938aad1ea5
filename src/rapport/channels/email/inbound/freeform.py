"""Reports in words only (qmail, Exim, sendmail, carriers): whom they speak of and what they say of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rapport.channels.email.inbound.addresses import ADDRESS, addresses_in, clean
from rapport.channels.email.inbound.mime_reader import Mail

MAX_LINES = 1_500
MAX_RECIPIENTS = 500
MAX_WORDS = 8_000
_ORIGINAL = re.compile(
    r"""^\s*(?:
        [-=*_]{2}.{0,90}\b(?:copy|original|header|headers|unsent|returned)\b.*
      | original\ (?:message|mail)\b.{0,30}(?:follows|headers|:)\W*
      | (?:here|below)?\s*is\ a\ copy\ of\ (?:the|your)\ (?:original\ )?(?:message|mail).*
      | below\ (?:this\ line\ )?is\ a\ copy\ of.*
      | (?:message|mail)\ headers?(?:\ follows?)?:?
      | [>\s]*return-path\s*:.*
      | (?:received|message-id|dkim-signature|x-mailer|mime-version)\s*:.*
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
_HEAD = r"\s*(?:[*>]{1,3}\s*)?"
_LEADING = re.compile(
    _HEAD
    + r"(?:\d{3}[ -])?(?:\[status: \w+, address: )?['\"<]?("
    + ADDRESS.pattern
    + r")(?:>|['\"])?(?=[\s:,.<\[(;]|$)",
    re.IGNORECASE,
)
_NAMING = re.compile(
    r"(?:rcpt to|recipients?|delivered to|deliver\w* (?:the |your |a )?(?:message |mail )?to|undeliverable to"
    r"|unknown user|user unknown|failed address|could not be delivered to|address)\W{1,4}("
    + ADDRESS.pattern
    + ")",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Section:
    """One recipient and the lines that speak of them."""

    address: str
    lines: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        return "\n".join(self.lines)


def report_text(mail: Mail) -> tuple[str, str]:
    """The words of a report, and what follows them where the returned message begins."""
    text = next((part.text for part in mail.leaves if part.type == "text/plain" and part.body.strip()), "")
    if not text:
        text = next((part.text for part in mail.leaves if part.type == "text/html"), "")
    if not text:
        text = next((part.text for part in mail.leaves if part.type.startswith("text/")), "")
    lines = text.splitlines()[:MAX_LINES]
    end = next(
        (number for number, line in enumerate(lines) if number and _ORIGINAL.match(line[:160])), len(lines)
    )
    return "\n".join(line[:600] for line in lines[:end]), "\n".join(lines[end:])


def sections(text: str, not_these: frozenset[str]) -> list[Section]:
    """The recipients that a report names at the places where reports name them, each with the words about them."""
    result: dict[str, Section] = {}
    before: list[str] = []
    current: Section | None = None
    for line in text.splitlines():
        address = _named_in(line)
        if address and address.lower() not in not_these:
            current = result.setdefault(address.lower(), Section(address))
            if before and _speaks_first(before):
                current.lines += before
            before = []
            if len(result) >= MAX_RECIPIENTS:
                break
        elif not current or not line.strip():
            before = [*before[-5:], line] if line.strip() else []
        if current is not None:
            current.lines.append(line)
    return list(result.values())


def _speaks_first(lines: list[str]) -> bool:
    """Whether the lines above a name already are about it: a transcript gives the answer first."""
    return any(line.lstrip().startswith(("<<<", ">>>", "4", "5")) for line in lines)


def _named_in(line: str) -> str:
    match = _LEADING.match(line) or _NAMING.search(line)
    return clean(match[1]) if match else ""


def _is_daemon(address: str) -> bool:
    return address.lower().startswith(("mailer-daemon@", "postmaster@", "no-reply@", "noreply@", "abuse@"))


def mentioned(text: str, not_these: frozenset[str]) -> list[str]:
    """Every other address in the words of a report."""
    every = (address for line in text.splitlines() for address in addresses_in(line))
    named = {address.lower(): address for address in every if address.lower() not in not_these}
    return [address for address in named.values() if not _is_daemon(address)][:MAX_RECIPIENTS]


_BY_RULE = re.compile(r"was automatically rejected:\s*((?:.|\n){1,500})", re.IGNORECASE)


def rule_words(text: str) -> str:
    """What a rule of the recipient's own gave as its reason (Sieve's `reject` as Dovecot words it), or ""."""
    match = _BY_RULE.search(text)
    return match[1] if match else ""


_COMMANDS = (
    (
        "DOT",
        re.compile(
            r"end of data|after i sent the message|\(state 1[5-9]\)|\[dot\]|data command|text command|>>> \."
        ),
    ),
    (
        "DATA",
        re.compile(
            r"reply to data|>>> data(?!(?:.|\n){0,600}(?:need rcpt|no valid recipients))"
            r"|\bsmtp command\s+data\b|\[data\]"
        ),
    ),
    (
        "MAIL",
        re.compile(
            r"mail from(?: command|:)|after mail|sender was rejected|\[mail_from\]"
            r"|>>> mail|\(state 13\)|initial connection"
        ),
    ),
    ("RCPT", re.compile(r"rcpt(?: to|[_ ]command|:)|\[rcpt|smtp:rcpt|does not like recipient|\(state 14\)")),
)


def command_in(words: str) -> str:
    """The SMTP command that was refused, as far as the words tell, or ""."""
    text = words[:MAX_WORDS].lower()
    return next((command for command, pattern in _COMMANDS if pattern.search(text)), "")
