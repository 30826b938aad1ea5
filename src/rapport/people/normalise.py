"""Identifiers in their one true spelling, and which values identify nobody."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from rapport.people import identity_types
from rapport.people.spelling import blocked, number_text, spelled

# The types every event has a field or a trait for; others are asked of `identity_types`.
TYPES = ("user_id", "email", "phone", "anonymous_id")
MAX_LENGTH = 254
# What parts the identifiers that came together, where they are written down; within one, it would make two of it.
SEPARATOR = "\x1f"
# What a column of whole numbers becomes in a table with gaps. Nobody gives out both 55520 and 55520.0.
_POINT_ZERO = re.compile(r"(\d{1,15})\.0")
# As spreadsheets write long numbers. The digits that are missing were somebody's.
_ROUNDED = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+\d{2,3}")


def normalise(type_: str, value: object, region: str = "") -> str | None:
    """The normalised value, or None when it identifies nobody (placeholder, blocked, malformed, unknown type).

    E-mail: email-validator's normal form, lower case. Phone: E.164, numbers without + read in `region`, which is the
    business's country unless told, as it is for traits.
    """
    text = _text(value)
    if text is None or len(text) > MAX_LENGTH or blocked(text) or SEPARATOR in text:
        return None
    rule = identity_types.current().by_key.get(type_)
    if rule is None:
        rule = identity_types.refresh().by_key.get(type_)
        if rule is None:
            return None
    if rule.normaliser != "email" and text[0] in "0123456789+-":
        if _ROUNDED.fullmatch(text):
            return None
        if match := _POINT_ZERO.fullmatch(text):
            text = match[1]
            if blocked(text):
                return None
    if rule.normaliser == "phone" and not region and text[0] != "+":
        region = identity_types.refresh().region
    spelled_text = spelled(rule.normaliser, text, region or "GB")
    if spelled_text is None or (
        (rule.blocked or rule.pattern) and (rule.blocks(text) or rule.blocks(spelled_text))
    ):
        return None
    return spelled_text


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = value if isinstance(value, str) else number_text(value)
    return None if text is None else text.replace("\x00", "").strip()


def refusal(type_: str, value: object, region: str = "") -> str:
    """Why `normalise` takes this value for nobody's, in words; "" when it does not."""
    if normalise(type_, value, region) is not None:
        return ""
    if type_ not in identity_types.current().by_key:
        return _("there is no type of identifier “%(type)s”") % {"type": type_[:60]}
    text = _text(value)
    if text is None:
        return _("it is neither a text nor a number that is exact")
    shown = {"value": text[:60], "length": len(text), "most": MAX_LENGTH}
    if len(text) > MAX_LENGTH:
        return _("it has %(length)d characters; at most %(most)d are kept") % shown
    if _ROUNDED.fullmatch(text):
        return _("“%(value)s” was rounded by a spreadsheet, so it may stand for several") % shown
    if blocked(text):
        return _("“%(value)s” is a placeholder that many may have") % shown
    return _("“%(value)s” is not one, or is blocked in the settings") % shown


def mailbox(address: str) -> str:
    """An address without what mail services leave out: a+b@x is a@x, and a.b@gmail.com is ab@gmail.com.

    For limits, where one person would be several; nobody is found or written to by it.
    """
    name, _at, domain = address.partition("@")
    name = name.partition("+")[0] or name
    return f"{name.replace('.', '') if domain in ('gmail.com', 'googlemail.com') else name}@{domain}"
