"""Mailbox providers: which domains are run by the same one, so that they are counted and slowed down as one."""

from __future__ import annotations

from collections.abc import Sequence

PROVIDERS: dict[str, str] = {
    "gmail.com": "googlemail.com",
    "outlook.com": "hotmail.com live.com msn.com passport.com hotmail.co.uk hotmail.de hotmail.fr hotmail.it hotmail.es"
    " live.co.uk live.de live.fr live.it live.nl outlook.de outlook.fr outlook.es outlook.it",
    "yahoo.com": "ymail.com rocketmail.com aol.com aim.com yahoo.co.uk yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.ca"
    " yahoo.com.br yahoo.co.in yahoo.com.au myyahoo.com verizon.net netscape.net",
    "icloud.com": "me.com mac.com",
    "gmx.net": "gmx.de gmx.at gmx.ch gmx.com web.de mail.com 1und1.de",
    "t-online.de": "magenta.de",
    "proton.me": "protonmail.com pm.me protonmail.ch",
    "orange.fr": "wanadoo.fr",
    "free.fr": "aliceadsl.fr",
    "laposte.net": "",
    "mail.ru": "bk.ru inbox.ru list.ru internet.ru",
    "yandex.ru": "yandex.com ya.ru yandex.by yandex.kz",
    "qq.com": "foxmail.com vip.qq.com",
    "163.com": "126.com yeah.net",
    "btinternet.com": "btopenworld.com talk21.com",
    "comcast.net": "xfinity.com",
}
"""{the domain that stands for the provider: its others}"""
_GROUPS = {domain: group for group, others in PROVIDERS.items() for domain in (group, *others.split())}


# Whose mail servers these are, by the end of their names.
SERVERS: dict[str, str] = {
    "google.com": "gmail.com",
    "googlemail.com": "gmail.com",
    "protection.outlook.com": "outlook.com",
    "outlook.com": "outlook.com",
    "mx.microsoft": "outlook.com",
    "yahoodns.net": "yahoo.com",
    "mail.icloud.com": "icloud.com",
    "gmx.net": "gmx.net",
    "web.de": "gmx.net",
    "t-online.de": "t-online.de",
    "protonmail.ch": "proton.me",
    "yandex.net": "yandex.ru",
    "yandex.ru": "yandex.ru",
    "mail.ru": "mail.ru",
    "qq.com": "qq.com",
    "netease.com": "163.com",
    "163.com": "163.com",
    "orange.fr": "orange.fr",
    "kundenserver.de": "ionos.com",
    "ionos.com": "ionos.com",
    "1and1.com": "ionos.com",
    "rzone.de": "strato.de",
    "ovh.net": "ovh.net",
    "gandi.net": "gandi.net",
    "secureserver.net": "secureserver.net",
    "zoho.com": "zoho.com",
    "zoho.eu": "zoho.com",
    "messagingengine.com": "fastmail.com",
    "pphosted.com": "pphosted.com",
    "ppe-hosted.com": "pphosted.com",
    "mimecast.com": "mimecast.com",
    "barracudanetworks.com": "barracudanetworks.com",
    "messagelabs.com": "messagelabs.com",
    "hornetsecurity.com": "hornetsecurity.com",
    "antispameurope.com": "hornetsecurity.com",
}


def provider_behind(servers: Sequence[str]) -> str:
    """The provider whose the most preferred of these mail servers is; empty if that is none in the list."""
    labels = servers[0].split(".") if servers else []
    ends = (".".join(labels[at:]) for at in range(len(labels)))
    return next((SERVERS[end] for end in ends if end in SERVERS), "")


def group_of(address: str) -> str:
    """The provider of an address by its domain alone: the one that stands for it, or the address's own."""
    domain = address.rpartition("@")[2].lower()
    return _GROUPS.get(domain, domain)
