"""Reading DNS: the few questions that the check of a sending domain asks."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import dns.exception
import dns.rdatatype
import dns.resolver
import dns.reversename
from django.conf import settings

MAX_FAILURES = 2
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unanswered(Exception):
    """The name server did not answer, or not in time; the message names the question."""


class Dns:
    """Asks one resolver, each question once, and no more after so many were not answered."""

    def __init__(
        self, resolver: dns.resolver.Resolver | None = None, *, most_failures: int = MAX_FAILURES
    ) -> None:
        self._most_failures = most_failures
        self._resolver = resolver or _resolver()
        self._answers: dict[tuple[str, str], list[str]] = {}
        self._failures = 0

    def txt(self, name: str) -> list[str]:
        """The texts at a name, each put together of its parts; none when there is no such name."""
        return self._ask(name, "TXT")

    def mx(self, name: str) -> list[str]:
        """`10 mail.example.org`, the most preferred first."""
        return sorted(self._ask(name, "MX"), key=lambda text: int(text.split()[0]))

    def addresses(self, name: str) -> list[Address]:
        """The host's addresses, of both versions."""
        texts = [*self._ask(name, "A"), *self._ask(name, "AAAA")]
        return [ipaddress.ip_address(text) for text in texts]

    def names(self, address: Address) -> list[str]:
        """What the address is called (PTR)."""
        return self._ask(dns.reversename.from_address(str(address)).to_text().rstrip("."), "PTR")

    def _ask(self, name: str, kind: str) -> list[str]:
        key = (name.lower().rstrip("."), kind)
        if key not in self._answers:
            self._answers[key] = self._resolve(*key)
        return self._answers[key]

    def _resolve(self, name: str, kind: str) -> list[str]:
        if self._failures >= self._most_failures:
            raise Unanswered(f"{kind} {name}: not asked, the name server did not answer before")
        try:
            answer = self._resolver.resolve(name, kind, raise_on_no_answer=False)
        except (dns.resolver.NXDOMAIN, dns.exception.SyntaxError, ValueError):
            return []
        except dns.exception.DNSException as error:
            self._failures += 1
            raise Unanswered(f"{kind} {name}: {error}") from error
        if kind == "TXT":
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        return [record.to_text().rstrip(".") for record in answer]


def _resolver() -> dns.resolver.Resolver:
    """The system's name servers, or the one of RAPPORT_DNS."""
    resolver = dns.resolver.Resolver(configure=not settings.DNS_SERVER)
    if settings.DNS_SERVER:
        host, _colon, port = settings.DNS_SERVER.rpartition(":")
        resolver.nameservers, resolver.port = [host.strip("[]")], int(port)
    resolver.timeout, resolver.lifetime = 3.0, 6.0
    return resolver


def is_public(addresses: Sequence[Address]) -> bool:
    """Whether strangers see one of these addresses."""
    return any(address.is_global for address in addresses)
