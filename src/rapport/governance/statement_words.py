"""How systems write consent: in the names of columns and traits, and in what stands there. One rule for both."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from rapport.people.values.types import FALSE_WORDS, TRUE_WORDS

# Every purpose, or every channel.
EVERY = "*"
GRANTED = TRUE_WORDS | set(
    "granted,subscribed,opted in,opted_in,opt-in,optin,active,confirmed,agreed".split(",")
)
WITHDRAWN = FALSE_WORDS | set(
    "withdrawn,unsubscribed,opted out,opted_out,opt-out,optout,inactive,revoked,cleaned,declined,refused".split(
        ","
    )
)
# How other words for a no begin, or what they contain; read after those that mean neither.
_NEGATIVE = re.compile(
    r"(?:no|nein|non|nie|never|not|nicht|kein\w*|nobody)\b|opt\w*[ _-]?out|un-?(?:sub|want)|de(?:clin|ni|activ)"
    r"|(?:do not|don.?t|stop|block|black|bounc|complain|spam|withdr|revok|refus|reject|cancel|object|supp?ress)"
    r"|ab(?:gemeldet|bestellt|gelehnt)|widerruf|gesperrt|d[eé]s(?:abonn|inscri)|baja\b"
)
NEITHER = frozenset(
    "pending,unconfirmed,nonsubscribed,non-subscribed,transactional,unknown,none,not set,n/a,-,null".split(
        ","
    )
)
# What nothing in an opt-out is also written as.
_NOT_OUT = FALSE_WORDS | NEITHER | {"", "nan", "opted in", "opted_in", "subscribed", "opt-in"}
OUT_NAME = re.compile(
    r"opt(?:ed)?_?out|unsub|do_?not_?(?:contact|e_?mail|mail|bulk|call|phone|sms|text|market|disturb)|suppress"
    r"|^no_(?:e_?mails?|mails?|newsletters?|calls?|sms|marketing|contact)|^dnc$|^blacklist|^blocklist"
    r"|abgemeldet|abbestellt|kein_?(?:e_?mail|newsletter|werbung)|werbesperre|widerspruch|d[eé]s(?:abonn|inscri)|^stop_pub"
)
_CHANNELS = (
    ("email", re.compile(r"e_?mail|newsletter|mailing|unsub")),
    ("sms", re.compile(r"sms|text")),
    ("phone", re.compile(r"call|phone|dnc|telefon")),
    ("post", re.compile(r"post(?:al)?(?:_|$)|letter|bulk")),
    ("push", re.compile(r"push")),
    ("whatsapp", re.compile(r"whatsapp")),
)
# What beside a consent is said of it: why, from which address, where.
DETAILS = (
    ("reason", re.compile(r"reason|grund|why")),
    ("ip", re.compile(r"(?:^|_)ip(?:_|$)")),
    ("source", re.compile(r"source|origin|quelle")),
    ("wording", re.compile(r"wording|statement|(?:consent|permission)_text")),
    ("page", re.compile(r"page|form|url")),
)
NO_STATE = re.compile(r"status_id|count|number|_id$|link|token|list|tag|preference")
# A column is looked at by somebody before it counts, a trait by nobody: it must speak of messages, and of nothing else.
_IN_TRAIT = re.compile(
    r"(?:.*_)?(?:newsletters?|opt(?:ed)?_?in|subscribed|accepts?(?:_e?_?mail|_sms)?_marketing"
    r"|(?:e?_?mails?|marketing|sms|phone|whatsapp|push|post)_(?:consent|permission|subscription|allowed|ok)"
    r"|(?:werbe|newsletter|e_?mail)_?(?:einwilligung|zustimmung))"
    r"(?:_(?:status|state|enabled|active|e?_?mails?|sms|marketing|newsletter|allowed|ok))*"
)
_OF_OTHERS = re.compile(r"track|cookie|analy|_sale|sell|shar(?:e|ing)|profil|personali")


def words_of_name(name: str) -> str:
    """`Email Opt-Out` and `emailOptOut` as `email_opt_out`."""
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip()).lower()).strip("_")


def channel_in(name: str) -> str:
    """The channel that a name speaks of, or an empty text."""
    return next((key for key, words in _CHANNELS if words.search(name)), "")


def is_out(text: str) -> bool:
    """Whether what stands in an opt-out opts out: whatever it says but no."""
    return text.strip().lower() not in _NOT_OUT


def state_in(text: str) -> str:
    """ "granted", "withdrawn" or "" for what means neither. Raises ValueError for what cannot be understood."""
    word = text.strip().lower()
    if not word or word in NEITHER:
        return ""
    if word in GRANTED:
        return "granted"
    if word in WITHDRAWN or _NEGATIVE.match(word):
        return "withdrawn"
    raise ValueError("consent_word")


@lru_cache(maxsize=20_000)
def kind_of_trait(key: str) -> str:
    """ "out" of a trait that opts out, "in" of one that agrees, "" of any other."""
    name = words_of_name(key)
    if (
        NO_STATE.search(name)
        or _OF_OTHERS.search(name)
        or any(words.search(name) for _part, words in DETAILS)
    ):
        return ""
    return "out" if OUT_NAME.search(name) else "in" if _IN_TRAIT.fullmatch(name) else ""


def withdraws(key: str, value: Any) -> bool:
    """Whether a trait of this name and value says that somebody does not agree. A grant is never read from one."""
    kind = kind_of_trait(key)
    if not kind or not isinstance(value, str | int | float):
        return False
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    if kind == "out":
        return is_out("no" if text in {"0.0"} else text)
    try:
        return state_in(text) == "withdrawn"
    except ValueError:
        return False
