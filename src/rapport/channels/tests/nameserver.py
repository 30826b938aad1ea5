"""A real DNS server on loopback whose zone a test writes."""

from __future__ import annotations

from typing import Any

from dnslib import MX, PTR, QTYPE, RCODE, RR, TXT, A, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from rapport.core.engines.supervisor import free_port


class NameServer(BaseResolver):
    """`zone` is {(name, type): [text, …]}; a name that is not in it does not exist."""

    def __init__(self) -> None:
        self.zone: dict[tuple[str, str], list[str]] = {}
        self.fails = False
        self.port = free_port()
        self.server = DNSServer(
            self, address="127.0.0.1", port=self.port, logger=DNSLogger("-request,-reply")
        )
        self.server.start_thread()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def resolve(self, request: DNSRecord, handler: Any) -> DNSRecord:
        reply = request.reply()
        name, kind = str(request.q.qname).rstrip(".").lower(), QTYPE[request.q.qtype]
        if self.fails:
            reply.header.rcode = RCODE.SERVFAIL
            return reply
        if name not in {owner for owner, _kind in self.zone}:
            reply.header.rcode = RCODE.NXDOMAIN
        for text in self.zone.get((name, kind), []):
            reply.add_answer(RR(request.q.qname, getattr(QTYPE, kind), rdata=_data(kind, text)))
        return reply


def _data(kind: str, text: str) -> Any:
    if kind == "TXT":
        return TXT([text[at : at + 255].encode() for at in range(0, len(text), 255)] or [b""])
    if kind == "MX":
        preference, host = text.split()
        return MX(host, int(preference))
    return {"A": A, "PTR": PTR}[kind](text)
