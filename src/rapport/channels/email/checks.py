"""The check of a sending domain: what DNS should say, what it says, and whether our mail server is fit to send.

Pure but for the questions to DNS and to the mail server. Words are in `wording`.
"""

from __future__ import annotations

import base64
import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rapport.channels.email.dns import Dns, Unanswered, is_public
from rapport.channels.email.smtp import LOOPBACK, Server
from rapport.channels.email.spf import read_spf, records

RIGHT, MISSING, DIFFERS, UNKNOWN = "right", "missing", "differs", "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that was looked at. `name` and `kind` say where in DNS, `expected` what to put there.

    `problem` is a key of `wording.PROBLEMS`; empty when it is right.
    """

    record: str
    state: str
    name: str = ""
    kind: str = "TXT"
    expected: str = ""
    read: list[str] = field(default_factory=list)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """The public half of a DKIM key, and where it should stand."""

    selector: str
    public: str


def check(
    domain: str,
    keys: Sequence[Key],
    server: Server | None,
    dns: Dns,
    opened: Callable[[Server], str],
    *,
    signs: bool = True,
) -> list[Result]:
    """Everything about one domain. `opened(server)` says what is wrong with its encryption, if anything.

    `signs` is false when a provider sends the mail, which signs it and knows what SPF has to name.
    """
    results = [_answered(lambda: _spf(domain, server, dns, signs=signs), "spf", domain)]
    for key in keys:
        name = f"{key.selector}._domainkey.{domain}"
        results.append(_answered(lambda key=key, name=name: _dkim(name, key, dns), "dkim", name))  # type: ignore[misc]
    results.append(_answered(lambda: _dmarc(domain, dns), "dmarc", f"_dmarc.{domain}"))
    results.append(_answered(lambda: _mx(domain, dns), "mx", domain, "MX"))
    if server is not None:
        results.append(_answered(lambda: _ptr(server, dns), "ptr", server.host, "PTR"))
        results.append(_tls(server, opened))
    return results


def _answered(look: Callable[[], Result], record: str, name: str, kind: str = "TXT") -> Result:
    try:
        return look()
    except Unanswered as error:
        return Result(record, UNKNOWN, name, kind, read=[str(error)], problem="unanswered")


def _spf(domain: str, server: Server | None, dns: Dns, *, signs: bool) -> Result:
    texts = records(domain, dns)
    term = f"a:{server.host}" if server is not None and server.host not in LOOPBACK else "mx"
    expected = f"v=spf1 {term} ~all"
    if not texts and not signs:
        return Result("spf", MISSING, domain, problem="spf_by_provider")
    if not texts:
        return Result("spf", MISSING, domain, expected=expected, problem="spf_missing")
    spf = read_spf(domain, dns)
    if spf.problem or spf.is_open:
        problem = f"spf_{spf.problem or 'open'}"
        return Result("spf", DIFFERS, domain, expected=expected, read=texts, problem=problem)
    ours = dns.addresses(server.host) if server is not None else []
    if is_public(ours) and not any(spf.allows(address) for address in ours):
        added = re.sub(r"^(v=spf1)\s*", rf"\1 {term} ", texts[0], flags=re.I)
        return Result("spf", DIFFERS, domain, expected=added, read=texts, problem="spf_not_us")
    return Result("spf", RIGHT, domain, expected=texts[0], read=texts)


def dkim_record(public: str) -> str:
    """The text that a key's record has to hold."""
    return f"v=DKIM1; k=rsa; p={public}"


def tags(record: str) -> dict[str, str]:
    """The tag=value pairs of a DKIM or DMARC record."""
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip().lower(): re.sub(r"\s+", "", value) for name, _equals, value in pairs}


def _dkim(name: str, key: Key, dns: Dns) -> Result:
    expected = dkim_record(key.public)
    texts = [text for text in dns.txt(name) if "p" in tags(text)]
    if not texts:
        return Result("dkim", MISSING, name, expected=expected, problem="dkim_missing")
    problem = ""
    if len(texts) > 1:
        problem = "dkim_several"
    elif _key_bytes(tags(texts[0])["p"]) != _key_bytes(key.public):
        problem = "dkim_other" if tags(texts[0])["p"] else "dkim_revoked"
    elif tags(texts[0]).get("v", "DKIM1") != "DKIM1" or tags(texts[0]).get("k", "rsa") != "rsa":
        problem = "dkim_other"
    return Result("dkim", DIFFERS if problem else RIGHT, name, expected=expected, read=texts, problem=problem)


def _key_bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b"?"


def _dmarc(domain: str, dns: Dns) -> Result:
    """The policy of the domain itself or else of one above it (a domain's policy holds for what is below)."""
    expected = "v=DMARC1; p=none"
    labels = domain.split(".")
    for parent in (".".join(labels[at:]) for at in range(len(labels) - 1)):
        texts = [text for text in dns.txt(f"_dmarc.{parent}") if re.match(r"v\s*=\s*DMARC1\b", text)]
        if not texts:
            continue
        problem = ""
        if len(texts) > 1:
            problem = "dmarc_several"
        elif tags(texts[0]).get("p", "") not in {"none", "quarantine", "reject"}:
            problem = "dmarc_syntax"
        state = DIFFERS if problem else RIGHT
        return Result("dmarc", state, f"_dmarc.{parent}", expected=expected, read=texts, problem=problem)
    return Result("dmarc", MISSING, f"_dmarc.{domain}", expected=expected, problem="dmarc_missing")


def _mx(domain: str, dns: Dns) -> Result:
    """Whether answers and bounces reach the domain."""
    texts = dns.mx(domain)
    if any(text.split()[1:] in ([], ["."]) for text in texts):
        return Result("mx", DIFFERS, domain, "MX", read=texts, problem="mx_null")
    hosts = [text.split()[1] for text in texts]
    if any(dns.addresses(host) for host in hosts):
        return Result("mx", RIGHT, domain, "MX", read=texts)
    if hosts:
        return Result("mx", DIFFERS, domain, "MX", read=texts, problem="mx_nowhere")
    if dns.addresses(domain):
        return Result("mx", RIGHT, domain, "A", read=[str(address) for address in dns.addresses(domain)])
    return Result("mx", MISSING, domain, "MX", problem="mx_missing")


def _ptr(server: Server, dns: Dns) -> Result:
    """Whether the mail server's addresses have names that lead back to them (forward-confirmed reverse DNS)."""
    ours = [address for address in dns.addresses(server.host) if address.is_global]
    if not ours:
        return Result("ptr", UNKNOWN, server.host, "PTR", problem="ptr_local")
    read, problem = [], ""
    for address in ours:
        names = dns.names(address)
        read += [f"{address} {name}" for name in names] or [f"{address} –"]
        if not names:
            problem = "ptr_missing"
        elif not any(address in dns.addresses(name) for name in names):
            problem = problem or "ptr_not_back"
    state = MISSING if problem == "ptr_missing" else DIFFERS if problem else RIGHT
    return Result("ptr", state, server.host, "PTR", expected=server.host, read=read, problem=problem)


def _tls(server: Server, opened: Callable[[Server], str]) -> Result:
    name = f"{server.host}:{server.port}"
    if server.host in LOOPBACK and server.scheme == "smtp":
        return Result("tls", UNKNOWN, name, "TLS", problem="tls_local")
    problem = opened(server)
    state = UNKNOWN if problem == "tls_unreachable" else DIFFERS if problem else RIGHT
    return Result("tls", state, name, "TLS", problem=problem)


def encryption(server: Server) -> str:
    """What is wrong with the mail server's encryption: nothing, or a key of `wording.PROBLEMS`."""
    context = ssl.create_default_context()
    try:
        if server.scheme == "smtps":
            with smtplib.SMTP_SSL(server.host, server.port, timeout=10, context=context):
                return ""
        with smtplib.SMTP(server.host, server.port, timeout=10) as smtp:
            smtp.ehlo()
            if not smtp.has_extn("starttls"):
                return "tls_none"
            smtp.starttls(context=context)
            return "" if server.scheme != "smtp" else "tls_unused"
    except ssl.SSLError:
        return "tls_certificate"
    except (OSError, smtplib.SMTPException):
        return "tls_unreachable"
