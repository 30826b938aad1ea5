"""Mailbox providers: which domains are run by the same one, so that they are counted and slowed down as one."""

from __future__ import annotations

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


def group_of(address: str) -> str:
    """The provider of an address: the domain that stands for it, or the address's own."""
    domain = address.rpartition("@")[2].lower()
    return _GROUPS.get(domain, domain)
