"""What one mail is, decided from its bytes alone."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field, replace

from rapport.channels.email.inbound import automatic, complaint, freeform, mime_reader, notices, report
from rapport.channels.email.inbound.addresses import address_in, addresses_in
from rapport.channels.email.inbound.mime_reader import Mail
from rapport.channels.email.inbound.reasons import ABOUT, About, Evidence, by_words, is_permanent, judge
from rapport.channels.email.inbound.references import References, references
from rapport.channels.email.inbound.report import Group, code_in, status_in


class Kind(enum.StrEnum):
    """What a mail to one of our addresses is."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto_reply"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient a report speaks of. `permanent`: the address will never take mail; `delayed`: it is tried again."""

    address: str
    reason: str
    permanent: bool = False
    status: str = ""
    code: str = ""
    detail: str = ""
    delayed: bool = False

    @property
    def about(self) -> About:
        return ABOUT[self.reason]


@dataclass(frozen=True, slots=True)
class Reading:
    """`challenge`: an automatic reply that wants the sender to prove to be a person. `report`: a Feedback-Type."""

    kind: Kind
    recipients: tuple[Recipient, ...] = ()
    references: References = field(default_factory=References)
    challenge: bool = False
    report: str = ""


_DAEMON = re.compile(
    r"mailer-?daemon|mail[ ._-]?deliver\w*|post_?master|mail[ ._-]?(?:system|admin)|system administrator"
    r"|mdaemon|mmsc|\bndr\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|deliver\w* (?:status|fail|problem|delay|error)"
    r"|(?:fail\w*|return\w*|delay\w*|error) (?:notice|mail|delivery|message)"
    r"|mail (?:system )?(?:error|fail)|could not be delivered|non[- ]?deliver"
    r"|unzustellbar|nicht zugestellt|non remis|no entregado"
    r"|mancata consegna|message (?:delivery )?(?:has )?(?:failed|delayed|you sent)"
    r"|rejected|not member|loop alert|user unknown|host unknown"
    r"|warning: (?:message|could not)|メールエラー|送信エラー|配信",
    re.IGNORECASE,
)


def classify(raw: bytes) -> Reading:
    """Any bytes give an answer."""
    mail = mime_reader.read(raw)
    reading = _feedback(mail) or _report(mail) or _notice(mail) or _automatic(mail) or _words(mail)
    if reading is None and automatic.is_unattended(mail.headers):
        reading = Reading(Kind.AUTO_REPLY, _author(mail))
    return replace(reading or Reading(Kind.OTHER), references=_references(mail, reading))


def _references(mail: Mail, reading: Reading | None) -> References:
    seen = references(mail)
    own = reading.references.message_ids if reading else ()
    return replace(seen, message_ids=(*own, *seen.message_ids))


def _feedback(mail: Mail) -> Reading | None:
    feedback = complaint.feedback(mail)
    if feedback is None:
        return None
    recipients = tuple(Recipient(address, "feedback") for address in feedback.addresses)
    kind = Kind.COMPLAINT if feedback.complains else Kind.OTHER
    return Reading(kind, recipients or (Recipient("", "feedback"),), report=feedback.type)


def _report(mail: Mail) -> Reading | None:
    groups = report.groups(mail)
    if not groups:
        return None
    text, _returned = freeform.report_text(mail)
    own = {section.address.lower(): section.words for section in freeform.sections(text, frozenset())}
    recipients = tuple(_of_group(group, own, text if len(groups) == 1 else "") for group in groups)
    delivered = all(recipient.reason == "delivered" for recipient in recipients)
    return Reading(Kind.OTHER if delivered else Kind.BOUNCE, recipients)


def _of_group(group: Group, sections: dict[str, str], text: str) -> Recipient:
    """The report's own words first; what the human part says of this recipient where these tell nothing."""
    section = sections.get(group.final.lower()) or sections.get(group.original.lower()) or ""
    human, named = text or section, section or text
    words = freeform.rule_words(human) or group.diagnostic
    if not by_words(words):
        words = f"{words} {group.comment}"
    if not by_words(words):
        words = f"{words}\n{human}"
    command = freeform.command_in(group.diagnostic) or freeform.command_in(human)
    spoken = group.diagnostic or named
    status = status_in(spoken) or group.status
    evidence = Evidence(status, code_in(spoken), words, command, group.action, group.category, group.by_rule)
    return _recipient(group.address, evidence, group.diagnostic or human)


def _recipient(address: str, evidence: Evidence, detail: str) -> Recipient:
    reason = judge(evidence)
    shown = re.sub(r"\s+", " ", detail).strip()[:500]
    permanent, delayed = is_permanent(reason, evidence), evidence.action == "delayed"
    return Recipient(address, reason, permanent, evidence.status, evidence.code, shown, delayed)


def _notice(mail: Mail) -> Reading | None:
    seen = notices.notice(mail.leaves[0].text) if len(mail.leaves) == 1 else None
    if seen is None:
        return None
    kind, listed, message_id = seen
    ids = References((message_id,) if message_id else ())
    if kind == "complaint":
        complained = tuple(Recipient(address, "feedback") for address, _evidence in listed)
        return Reading(Kind.COMPLAINT, complained, ids, report="abuse")
    recipients = tuple(_recipient(address, evidence, evidence.words) for address, evidence in listed)
    return Reading(Kind.BOUNCE if kind == "bounce" else Kind.OTHER, recipients, ids)


def _automatic(mail: Mail) -> Reading | None:
    if mail.headers.get("x-failed-recipients") or _from_daemon(mail):
        return None
    text, _returned = freeform.report_text(mail)
    if automatic.is_challenge(mail.headers, text):
        return Reading(Kind.AUTO_REPLY, _author(mail), challenge=True)
    return Reading(Kind.AUTO_REPLY, _author(mail)) if automatic.is_automatic(mail.headers, text) else None


def _author(mail: Mail) -> tuple[Recipient, ...]:
    address = address_in(mail.headers.get("from"))
    return (Recipient(address, "undefined"),)


def _from_daemon(mail: Mail) -> bool:
    return bool(_DAEMON.search(mail.headers.get("from")[:300]))


def _words(mail: Mail) -> Reading | None:
    """A report in words only."""
    failed = mail.headers.all("x-failed-recipients")
    daemon, subject = _from_daemon(mail), bool(_SUBJECT.search(mail.headers.get("subject")[:500]))
    bodiless = mail.headers.get("return-path") == "<>"
    if not (failed or daemon) and (mail.headers.get("in-reply-to") or not (subject or bodiless)):
        return None
    text, returned = freeform.report_text(mail)
    to = frozenset(address.lower() for value in mail.headers.all("to") for address in addresses_in(value))
    listed = {address.lower(): address for value in failed for address in addresses_in(value)}
    sections = freeform.sections(text, to - listed.keys()) or freeform.sections(text, frozenset())
    words = {section.address.lower(): section.words for section in sections}
    addresses = list(listed.values()) or [section.address for section in sections]
    if not addresses and (daemon or bodiless) and (inner := _report(mime_reader.read(mail.enclosed))):
        return inner  # a report passed on inside another that names nobody
    addresses = addresses or freeform.mentioned(text, to)[:1] or _original_to(mail, returned)
    sure = failed or (daemon and (subject or bodiless))
    if not addresses or not (sure or by_words(text)):
        return None
    alone = len(addresses) == 1
    return Reading(
        Kind.BOUNCE,
        tuple(_in_words(address, words.get(address.lower(), ""), text, alone) for address in addresses),
    )


def _in_words(address: str, own: str, text: str, alone: bool) -> Recipient:
    words = own if by_words(own) or not alone else text
    evidence = Evidence(
        status_in(own) or status_in(words),
        code_in(own) or code_in(words),
        words,
        freeform.command_in(text if alone else own),
    )
    return _recipient(address, evidence, own or text)


def _original_to(mail: Mail, returned: str) -> list[str]:
    """Whom the returned message was for."""
    quoted = mime_reader.headers(returned.partition("\n")[2].strip().encode("utf-8", "replace"))
    address = address_in(mail.original.get("to")) or address_in(quoted.get("to"))
    return [address] if address else []
