"""The types a trait can have, and what of an arriving value is safely one of them.

Coercions are strict: a value is taken when only one reading of it is possible ("42" is 42, "1990-05-17T00:00Z" is a
day), and refused with a reason otherwise, never guessed (17/05/1990 may be read in two ways).
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import pycountry
from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rapport.core.plain_text import plain
from rapport.people.spelling import spelled
from rapport.people.values.patterns import compiled

TEXT_LIMIT = 1_000
LONG_LIMIT = 20_000
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,15})?")
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?(/\S*)?")
# What tables, forms and programs write for yes and no, in lower case.
TRUE_WORDS = frozenset("1 true t yes y x on ja oui si sí wahr vrai".split())
FALSE_WORDS = frozenset("0 false f no n off nein non falsch faux".split())


class TraitType(TextChoices):
    """What a trait's values are."""

    TEXT = "text", _("Text")
    LONG = "long_text", _("Long text")
    NUMBER = "number", _("Number")
    WHOLE = "whole_number", _("Whole number")
    MONEY = "money", _("Money")
    YES_NO = "yes_no", _("Yes or no")
    DATE = "date", _("Date")
    MOMENT = "date_time", _("Date and time")
    EMAIL = "email", _("Email address")
    PHONE = "phone", _("Phone number")
    URL = "url", _("Web address")
    COUNTRY = "country", _("Country")
    CHOICE = "choice", _("Choice")
    CHOICES = "choices", _("Multiple choice")
    LIST = "list", _("List")
    JSON = "json", _("Structured (JSON)")


class InvalidValue(ValueError):
    """A value that is not of its trait's type; the message says what would be."""


@dataclass(frozen=True, slots=True)
class TraitRule:
    """What values of a trait must be. `minimum` and `maximum` bound figures, and lengths of texts and lists."""

    kind: str = TraitType.JSON
    options: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    pattern: str = ""
    region: str = "GB"


def coerce(value: Any, rule: TraitRule) -> Any:
    """The value as its type wants it, JSON-ready. Raises InvalidValue."""
    coerced = _READERS[TraitType(rule.kind)](value, rule)
    _bounded(coerced, rule)
    if rule.pattern and not (isinstance(coerced, str) and compiled(rule.pattern).fullmatch(coerced)):
        raise InvalidValue(gettext("It does not have the form %(pattern)s.") % {"pattern": rule.pattern})
    return coerced


def _bounded(value: Any, rule: TraitRule) -> None:
    if rule.minimum is None and rule.maximum is None:
        return
    if TraitType(rule.kind) in {TraitType.NUMBER, TraitType.WHOLE, TraitType.MONEY}:
        size, words = Decimal(str(value)), ""
    elif isinstance(value, list):
        size, words = Decimal(len(value)), gettext("%(n)s (number of entries)")
    elif isinstance(value, str):
        size, words = Decimal(len(value)), gettext("%(n)s (number of characters)")
    else:
        return
    for limit, sentence, broken in (
        (rule.minimum, gettext("The minimum is %(n)s."), rule.minimum is not None and size < rule.minimum),
        (rule.maximum, gettext("The maximum is %(n)s."), rule.maximum is not None and size > rule.maximum),
    ):
        if limit is not None and broken:
            shown = format(limit.normalize(), "f")
            raise InvalidValue(sentence % {"n": words % {"n": shown} if words else shown})


def _plain(value: Any) -> str:
    """A scalar as text. Raises InvalidValue for anything else and for nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidValue(gettext("Give a single value."))
    text = plain(str(value))
    if not text:
        raise InvalidValue(gettext("It is empty."))
    return text


def _text(value: Any, rule: TraitRule) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidValue(gettext("Give a text."))
    text = plain(str(value))
    limit = LONG_LIMIT if rule.kind == TraitType.LONG else TEXT_LIMIT
    if len(text) > limit:
        raise InvalidValue(gettext("A text of at most %(limit)s characters is kept.") % {"limit": limit})
    return text


def _number(value: Any, rule: TraitRule) -> int | float:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidValue(gettext("Give a number, such as 12.5."))
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = _plain(value)
    if not _NUMBER.fullmatch(text):
        raise InvalidValue(gettext("Give a number, such as 12.5."))
    return float(text) if "." in text else int(text)


def _whole(value: Any, rule: TraitRule) -> int:
    number = _number(value, rule)
    if number != int(number):
        raise InvalidValue(gettext("Give a whole number, such as 12."))
    return int(number)


def _money(value: Any, rule: TraitRule) -> str:
    try:
        amount = Decimal(_plain(value))
    except InvalidOperation as error:
        raise InvalidValue(gettext("Give an amount, such as 12.50.")) from error
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 15:
        raise InvalidValue(gettext("Give an amount, such as 12.50."))
    return f"{amount.quantize(Decimal('0.01')):f}"


def parse_boolean(value: Any) -> bool:
    """Yes or no from a boolean or one of the words above. Raises InvalidValue."""
    if isinstance(value, bool):
        return value
    word = _plain(value).lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise InvalidValue(gettext("Give yes or no."))
    return word in TRUE_WORDS


def _yes_no(value: Any, rule: TraitRule) -> bool:
    return parse_boolean(value)


def _date(value: Any, rule: TraitRule) -> str:
    text = _plain(value)
    try:
        return (
            dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text).date()
        ).isoformat()
    except ValueError as error:
        raise InvalidValue(gettext("Give a date as year-month-day, such as 1990-05-17.")) from error


def _moment(value: Any, rule: TraitRule) -> str:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            moment = dt.datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, dt.UTC)
        else:
            moment = dt.datetime.fromisoformat(_plain(value))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC).isoformat()
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidValue(gettext("Give a date and time, such as 2026-01-31T10:00:00Z.")) from error


def _email(value: Any, rule: TraitRule) -> str:
    text = _plain(value)
    if spelled("email", text) is None:
        raise InvalidValue(gettext("Give an email address, such as ada@example.org."))
    return text


def _phone(value: Any, rule: TraitRule) -> str:
    phone = spelled("phone", _plain(value), rule.region)
    if phone is None:
        raise InvalidValue(gettext("Give a phone number with country code, such as +44 20 7946 0000."))
    return phone


def _url(value: Any, rule: TraitRule) -> str:
    text = _plain(value)
    if "://" not in text and _HOST.fullmatch(text):
        text = f"https://{text}"
    try:
        url = urlsplit(text)
    except ValueError as error:
        raise InvalidValue(gettext("Give a web address, such as https://example.org.")) from error
    if url.scheme not in {"http", "https"} or not url.hostname or len(text) > 2_000 or " " in text:
        raise InvalidValue(gettext("Give a web address, such as https://example.org."))
    return text


@lru_cache(maxsize=5_000)
def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 of a code or of an English name; None for what is neither."""
    try:
        return str(pycountry.countries.lookup(text).alpha_2)
    except LookupError:
        return {"UK": "GB", "ENGLAND": "GB"}.get(text.upper())


def _country(value: Any, rule: TraitRule) -> str:
    country = country_code(_plain(value))
    if country is None:
        raise InvalidValue(gettext("Give a country by its name or code, such as Germany or DE."))
    return country


def _choice(value: Any, rule: TraitRule) -> str:
    text = _plain(value)
    for option in rule.options:
        if option == text or option.lower() == text.lower():
            return option
    raise InvalidValue(gettext("Give one of: %(options)s.") % {"options": ", ".join(rule.options)})


def _items(value: Any) -> list[Any]:
    pieces = value.split(",") if isinstance(value, str) else value
    if not isinstance(pieces, list):
        pieces = [pieces]
    return [part.strip() if isinstance(part, str) else part for part in pieces if part not in ("", None)]


def _choices(value: Any, rule: TraitRule) -> list[str]:
    return list(dict.fromkeys(_choice(part, rule) for part in _items(value)))


def _list(value: Any, rule: TraitRule) -> list[Any]:
    return _items(value)


def _json(value: Any, rule: TraitRule) -> Any:
    return value


_READERS: dict[TraitType, Callable[[Any, TraitRule], Any]] = {
    TraitType.TEXT: _text,
    TraitType.LONG: _text,
    TraitType.NUMBER: _number,
    TraitType.WHOLE: _whole,
    TraitType.MONEY: _money,
    TraitType.YES_NO: _yes_no,
    TraitType.DATE: _date,
    TraitType.MOMENT: _moment,
    TraitType.EMAIL: _email,
    TraitType.PHONE: _phone,
    TraitType.URL: _url,
    TraitType.COUNTRY: _country,
    TraitType.CHOICE: _choice,
    TraitType.CHOICES: _choices,
    TraitType.LIST: _list,
    TraitType.JSON: _json,
}


def infer_type(value: Any) -> TraitType:
    """The type that a value seen somewhere suggests."""
    if isinstance(value, bool):
        return TraitType.YES_NO
    if isinstance(value, int):
        return TraitType.WHOLE
    if isinstance(value, float):
        return TraitType.NUMBER
    if isinstance(value, list):
        return TraitType.LIST
    if not isinstance(value, str):
        return TraitType.JSON
    for kind in (TraitType.DATE, TraitType.MOMENT, TraitType.EMAIL):
        try:
            coerce(value, TraitRule(kind))
        except InvalidValue:
            continue
        if kind != TraitType.DATE or len(value.strip()) == 10:
            return kind
    if value.startswith(("http://", "https://")):
        return TraitType.URL
    return TraitType.LONG if len(value) > 200 else TraitType.TEXT
