"""E-mail addresses with a mistyped domain, and phone numbers as E.164."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import phonenumbers
from rapidfuzz import process
from rapidfuzz.distance import OSA

# Providers with a public front door. Those that look like others are here so that nobody "mends" them.
PROVIDERS = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com rocketmail.com aol.com"
    " icloud.com me.com mac.com mail.com email.com gmx.com gmx.de gmx.net gmx.at gmx.ch web.de freenet.de t-online.de"
    " posteo.de mailbox.org proton.me protonmail.com pm.me tutanota.com tuta.io fastmail.com fastmail.fm hey.com"
    " zoho.com yandex.com yandex.ru mail.ru inbox.ru bk.ru list.ru rambler.ru qq.com 163.com 126.com sina.com"
    " naver.com daum.net hanmail.net hotmail.co.uk yahoo.co.uk live.co.uk outlook.co.uk btinternet.com sky.com"
    " talktalk.net virginmedia.com ntlworld.com blueyonder.co.uk hotmail.fr live.fr yahoo.fr orange.fr wanadoo.fr"
    " free.fr laposte.net sfr.fr hotmail.it live.it yahoo.it libero.it virgilio.it alice.it tin.it hotmail.es"
    " yahoo.es telefonica.net hotmail.de yahoo.de live.de outlook.de outlook.fr outlook.es outlook.it live.nl"
    " hotmail.nl ziggo.nl kpnmail.nl home.nl planet.nl telenet.be skynet.be bluewin.ch hispeed.ch comcast.net"
    " verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net shaw.ca rogers.com"
    " sympatico.ca yahoo.ca hotmail.ca live.ca bigpond.com optusnet.com.au yahoo.com.au yahoo.co.in rediffmail.com"
    " yahoo.co.jp uol.com.br bol.com.br terra.com.br hotmail.com.br yahoo.com.br wp.pl o2.pl onet.pl interia.pl"
    " seznam.cz centrum.cz".split()
)
_WRONG_ENDINGS = frozenset({"co", "cm", "om", "con", "cmo", "ocm", "comm", "cim", "vom", "xom", "c"})
_NO_PLACE = frozenset(
    f"{provider.rpartition('.')[0]}.{end}" for provider in PROVIDERS for end in _WRONG_ENDINGS
)
_MANY = 20
_RARE = 100


def mistyped(address: str, domains: Mapping[str, int]) -> str | None:
    """The address with the domain that was meant ("gmial.com" is gmail.com), or None if nothing is wrong with it.

    `domains` counts the workspace's own ones: a domain used by 20 or more is meant by who is one letter beside it,
    unless that one, too, has more than a hundredth of its people. Distance: optimal string alignment.
    """
    local, at, domain = address.rpartition("@")
    domain = domain.lower()
    if not at or not local or domain in PROVIDERS:
        return None
    meant = _meant(domain, domains.get(domain, 0), _frequent(domains))
    return f"{local}@{meant}" if meant else None


def _frequent(domains: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple((name, count) for name, count in domains.items() if count >= _MANY)


@lru_cache(maxsize=20_000)
def _meant(domain: str, used: int, frequent: tuple[tuple[str, int], ...]) -> str | None:
    if used >= _MANY and domain not in _NO_PLACE:
        return None
    meant = process.extractOne(domain, PROVIDERS, scorer=OSA.distance, score_cutoff=2)
    if meant is not None and _is_slip(domain, meant[0], int(meant[1])):
        return _ties(domain, int(meant[1]))
    own = {name for name, count in frequent if count >= used * _RARE and name != domain}
    near = process.extractOne(domain, own, scorer=OSA.distance, score_cutoff=1)
    return str(near[0]) if near is not None and len(near[0]) >= 8 and _same_ending(domain, near[0]) else None


def _ties(domain: str, distance: int) -> str:
    """Of the providers at this distance the one most people have (they are all that distance from a slip)."""
    near = [
        name
        for name in PROVIDERS
        if OSA.distance(domain, name) == distance and _is_slip(domain, name, distance)
    ]
    first = ("gmail.com", "hotmail.com", "yahoo.com", "outlook.com", "icloud.com", "live.com")
    return min(near, key=lambda name: (first.index(name) if name in first else len(first), name))


def _is_slip(domain: str, meant: str, distance: int) -> bool:
    """One slip for long names; two only where the ending is one that does not exist and the name has one slip."""
    name, _, ending = domain.rpartition(".")
    right, _, wanted = meant.rpartition(".")
    if ending != wanted and ending not in _WRONG_ENDINGS:
        return False
    if len(right) < 5:
        return name == right and ending in _WRONG_ENDINGS
    return distance == 1 or OSA.distance(name, right) <= 1


def _same_ending(domain: str, meant: str) -> bool:
    return domain.rpartition(".")[2] == meant.rpartition(".")[2]


@lru_cache(maxsize=20_000)
def standard_phone(text: str, region: str) -> str | None:
    """E.164 of a number that is in use somewhere; those without a country code are read in `region`. Else None."""
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
