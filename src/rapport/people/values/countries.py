"""Countries as ISO codes from their names in many languages."""

from __future__ import annotations

from functools import cache, lru_cache

import pycountry
from babel import Locale

from rapport.people.values.types import country_code

_LANGUAGES = (
    "en de fr es it nl pt pl sv da nb fi cs sk hu ro bg el tr ru uk hr sl lt lv et is ga ca eu ja ko zh ar he"
).split()
_OTHER = {
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "great britain": "GB",
    "britain": "GB",
    "u.k.": "GB",
    "uk": "GB",
    "usa": "US",
    "u.s.a.": "US",
    "u.s.": "US",
    "america": "US",
    "holland": "NL",
    "eire": "IE",
    "republic of ireland": "IE",
    "eire/ireland": "IE",
    "channel islands": "",
    "brd": "DE",
    "czech republic": "CZ",
    "vatican": "VA",
    "macedonia": "MK",
    "swaziland": "SZ",
    "burma": "MM",
    "ivory coast": "CI",
}


@cache
def _names() -> dict[str, str]:
    """Names of countries in the languages above, folded; a name that means two countries means none."""
    codes_by_name: dict[str, set[str]] = {}
    codes = {country.alpha_2 for country in pycountry.countries}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in codes:
                codes_by_name.setdefault(name.casefold(), set()).add(code)
    single = {name: next(iter(codes)) for name, codes in codes_by_name.items() if len(codes) == 1}
    return single | _OTHER


@lru_cache(maxsize=5_000)
def country_named(text: str) -> str | None:
    """ISO 3166-1 alpha-2 of a code or a name in any of these languages; None for what is neither."""
    if not text:
        return None
    named = _names().get(text.casefold())
    return named or (country_code(text) if named is None else None)
