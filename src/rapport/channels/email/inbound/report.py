"""Delivery status notifications (RFC 3464): the fields per recipient, also where a report is only quoted in text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapport.channels.email.inbound import mime_reader
from rapport.channels.email.inbound.addresses import address_in
from rapport.channels.email.inbound.mime_reader import Mail

MAX_RECIPIENTS = 500
_STATUS = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?:^|[\s;:>'\"(\[])([45]\d\d)(?=[ \-;:,)\]#]|$)", re.MULTILINE)
_QUOTED = re.compile(r"^(?:final|original)-recipient:", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(
    r"(?:final-recipient|original-recipient|x-actual-recipient|action|status|diagnostic-code|remote-mta"
    r"|reporting-mta|arrival-date|last-attempt-date|original-envelope-id|x-[a-z-]{1,40})",
    re.IGNORECASE,
)


_RULE_MTA = re.compile(r"\binbound-smtp\.[\w-]+\.amazonaws\.com", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Group:
    """What a report says of one recipient. `original` is the address as we wrote it, if it was rewritten.

    `category` is what PowerMTA made of the answer. `by_rule`: the recipient's own rule wrote the refusal (Amazon SES
    accepts a mail before its owner's rules are asked), or a program's output did: its words prove nothing about the
    address.
    """

    final: str
    original: str
    action: str
    status: str
    diagnostic: str
    comment: str
    category: str
    by_rule: bool

    @property
    def address(self) -> str:
        return self.original or self.final


def groups(mail: Mail) -> list[Group]:
    """One per recipient of the report, in order; [] where there is no report."""
    blocks = [
        part
        for part in mail.leaves
        if part.type in {"message/delivery-status", "message/global-delivery-status"}
    ]
    text = "\n\n".join(part.text for part in blocks)[: mime_reader.MAX_TEXT]
    if not _QUOTED.search(text):
        text = next((part.text for part in mail.leaves if _is_quoted(part)), "")
    merged: dict[tuple[str, str], Group] = {}
    blocks_of_fields = re.split(r"\r?\n[ \t]*\r?\n", text)
    common = _fields_of(blocks_of_fields[0]) if blocks_of_fields else []
    shared = dict(field for field in common if field[0] == "reporting-mta")
    for block in blocks_of_fields:
        for group in _groups_of(block, shared):
            merged.setdefault((group.address.lower(), group.action), group)
        if len(merged) >= MAX_RECIPIENTS:
            break
    return list(merged.values())[:MAX_RECIPIENTS]


def _is_quoted(part: mime_reader.Part) -> bool:
    return part.type.startswith(("text/", "message/delivery")) and bool(_QUOTED.search(part.text))


def _fields_of(block: str) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in re.split(r"\r?\n(?![ \t])", block):
        name, colon, value = line.partition(":")
        if colon and _FIELD.fullmatch(name.strip()):
            fields.append(
                (name.strip().lower(), re.sub(r"\s+", " ", mime_reader.words(value))[:2_000].strip())
            )
        elif fields and fields[-1][0] == "diagnostic-code" and line.strip():
            fields[-1] = ("diagnostic-code", f"{fields[-1][1]} {line.strip()}"[:2_000])
    return fields


def _groups_of(block: str, shared: dict[str, str]) -> list[Group]:
    """The group of one block; two where a careless reporter left no empty line between them."""
    result: list[Group] = []
    current = dict(shared)
    for name, value in _fields_of(block):
        if name == "final-recipient" and name in current:
            result += _group(current)
            current = dict(shared)
        current.setdefault(name, value)
    return result + _group(current)


def _group(fields: dict[str, str]) -> list[Group]:
    final, original = (fields.get(name, "") for name in ("final-recipient", "original-recipient"))
    if not final and not original:
        return []
    diagnostic = fields.get("diagnostic-code", "")
    status, _, comment = fields.get("status", "").partition("(")
    return [
        Group(
            address_in(final) or address_in(fields.get("x-actual-recipient", "")),
            address_in(original),
            fields.get("action", "").split("(")[0].strip().lower(),
            status_in(status) or ("2.0.0" if status.strip().startswith("2.") else ""),
            diagnostic,
            comment.rstrip(") "),
            fields.get("x-powermta-bouncecategory", "").lower(),
            bool(_RULE_MTA.search(fields.get("reporting-mta", "")))
            or diagnostic.lower().startswith("x-unix"),
        )
    ]


def status_in(text: str) -> str:
    """The last enhanced status code that a text holds, or "": a relay puts its own before the refusing server's."""
    codes = _STATUS.findall(text)
    return ".".join(str(int(part)) for part in codes[-1]) if codes else ""


def code_in(text: str) -> str:
    """The SMTP reply code that a text holds, or ""."""
    match = _CODE.search(text)
    return match[1] if match else ""
