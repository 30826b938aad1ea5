"""SPF records (RFC 7208), as far as the check of a domain needs: which addresses may send, and what is wrong."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field

from rapport.channels.email.dns import Address, Dns

MAX_LOOKUPS = 10
_TERM = re.compile(
    r"(?P<qualifier>[+?~-]?)(?P<name>[a-z][a-z0-9._-]*)(?:[:=](?P<value>[^/\s]*(?:/\S*)?))?(?P<cidr>/\S+)?",
    re.I,
)
_MECHANISMS = frozenset({"all", "a", "mx", "ip4", "ip6", "include", "exists", "ptr"})
_MODIFIERS = frozenset({"redirect", "exp"})
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(slots=True)
class Spf:
    """What a record lets through. `problem` is the first that was met: several, syntax or lookups."""

    record: str = ""
    networks: list[Network] = field(default_factory=list)
    lookups: int = 0
    problem: str = ""
    is_open: bool = False

    def allows(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.networks)


def read_spf(domain: str, dns: Dns) -> Spf:
    """The record of a domain with all it includes. Raises dns.Unanswered."""
    spf = Spf()
    spf.record = _read(domain, dns, spf, is_own=True)
    return spf


def records(domain: str, dns: Dns) -> list[str]:
    return [text for text in dns.txt(domain) if re.match(r"v=spf1(\s|\Z)", text, re.I)]


def _read(domain: str, dns: Dns, spf: Spf, *, is_own: bool) -> str:
    texts = records(domain, dns)
    if len(texts) != 1:
        if texts or not is_own:
            spf.problem = spf.problem or ("several" if texts else "syntax")
        return texts[0] if texts else ""
    for term in texts[0].split()[1:]:
        match = _TERM.fullmatch(term)
        name = match["name"].lower() if match else ""
        if match is None or name not in _MECHANISMS | _MODIFIERS:
            if match is None or "=" not in term:  # unknown modifiers are to be ignored
                spf.problem = spf.problem or "syntax"
            continue
        _apply(name, match["qualifier"], match["value"] or "", match["cidr"] or "", domain, dns, spf, is_own)
        if spf.lookups > MAX_LOOKUPS:
            spf.problem = spf.problem or "lookups"
            break
    return texts[0]


def _apply(
    name: str, qualifier: str, value: str, cidr: str, domain: str, dns: Dns, spf: Spf, is_own: bool
) -> None:
    if name == "all":
        spf.is_open = spf.is_open or (is_own and qualifier in {"", "+"})
        return
    if name in {"ip4", "ip6"}:
        _add(spf, value + cidr, qualifier)
        return
    if name == "exp":
        return
    spf.lookups += 1
    if spf.lookups > MAX_LOOKUPS:
        return
    target, _slash, rest = value.partition("/")
    target = target or domain
    if name in {"include", "redirect"}:
        _read(target, dns, spf, is_own=is_own and name == "redirect")
    elif name in {"a", "mx"}:
        hosts = [target] if name == "a" else [text.split()[1] for text in dns.mx(target)]
        prefix = (cidr or f"/{rest}" if rest else cidr).partition("//")[0]
        for address in (address for host in hosts for address in dns.addresses(host)):
            _add(spf, f"{address}{prefix if address.version == 4 else ''}", qualifier)


def _add(spf: Spf, text: str, qualifier: str) -> None:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        spf.problem = spf.problem or "syntax"
        return
    if qualifier in {"", "+"}:
        spf.networks.append(network)
