"""The measures: of each dimension, what is asked of a person, and what would be better."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rapport.governance import queries as governance
from rapport.governance.registry import channel_label
from rapport.people.values.formatting import trait_label
from rapport.quality.cleansing import slots as at
from rapport.quality.cleansing.repairs import REPAIRS, changes, valid
from rapport.quality.completeness.subjects import Circumstances, Subject

STALE = dt.timedelta(days=730)
# The key of the measure that counts likely duplicates, over all pairs at once.
DUPLICATES = "uniqueness.duplicates"
DIMENSIONS: dict[str, str | Promise] = {
    "completeness": _("Completeness"),
    "validity": _("Validity"),
    "uniqueness": _("Uniqueness"),
    "freshness": _("Freshness"),
    "consent": _("Consent"),
    "identity": _("Identity"),
}
WEIGHTS = {
    "completeness": 25,
    "validity": 25,
    "uniqueness": 15,
    "freshness": 10,
    "consent": 15,
    "identity": 10,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a measure says of one person. `state` is counted by itself, where there is more than good and bad."""

    good: bool
    trait: str = ""
    value: str = ""
    proposal: str = ""
    state: str = ""


GOOD, BAD = Verdict(True), Verdict(False)
Judge = Callable[[Subject, Circumstances], Verdict | None]


@dataclass(frozen=True, slots=True)
class Measure:
    """One question put to everybody; `judge` answers None where it does not apply.

    `repair`: the key of the repair that mends what it finds. Only those that are `scored` count in the score.
    """

    key: str
    dimension: str
    label: str | Promise
    text: str | Promise
    judge: Judge
    repair: str = ""
    scored: bool = True


def measures(given: Circumstances) -> list[Measure]:
    """Every measure that applies to this workspace."""
    return [*_completeness(given), *VALIDITY, *FRESHNESS, *_consent(given), *IDENTITY]


def _completeness(given: Circumstances) -> Iterator[Measure]:
    for trait in given.traits:
        definition = given.context.definitions.get(trait)
        label = trait_label(trait, definition)
        text = _("Has a value that is not a placeholder.")
        yield Measure(f"completeness.{trait}", "completeness", label, text, partial(_filled, trait))


def _filled(trait: str, subject: Subject, given: Circumstances) -> Verdict:
    value = subject.traits.get(trait)
    if value in (None, "", [], {}) and trait == "name":
        value = subject.traits.get("first_name") or subject.traits.get("last_name")
    return GOOD if value not in (None, "", [], {}) else Verdict(False, trait)


def _fits(role: str, repair: str, subject: Subject, given: Circumstances) -> Verdict | None:
    """Whether every value of this role is what it should be."""
    filled = [slot for slot in subject.slots if slot.role == role and slot.value.strip()]
    wrong = next((slot for slot in filled if not valid(slot, given.context)), None)
    if wrong is None:
        return GOOD if filled else None
    better = REPAIRS[repair].fix(wrong, given.context) if repair else ""
    return Verdict(False, wrong.trait, wrong.value, better if better and better != wrong.value else "")


def _standard(repair: str, subject: Subject, given: Circumstances) -> Verdict | None:
    """Whether the repair finds nothing to do."""
    if not any(slot.role in REPAIRS[repair].roles for slot in subject.slots):
        return None
    wrong = next(iter(changes(REPAIRS[repair], subject.traits, given.context, subject.slots)), None)
    return GOOD if wrong is None else Verdict(False, wrong.trait, wrong.shown_before, wrong.shown_after)


def _birthday(subject: Subject, given: Circumstances) -> Verdict | None:
    value = subject.traits.get("birthday")
    if not isinstance(value, str) or not value:
        return None
    try:
        born = dt.date.fromisoformat(value[:10])
    except ValueError:
        return Verdict(False, "birthday", value)
    today = given.now.date()
    return Verdict(born <= today and today.year - born.year <= 120, "birthday", value)


def _accepted(subject: Subject, given: Circumstances) -> Verdict:
    if not subject.refused:
        return GOOD
    trait, value, reason = subject.refused[0]
    return Verdict(False, trait, value, reason)


def _validity(key: str, label: Promise | str, text: Promise | str, judge: Judge, repair: str = "") -> Measure:
    return Measure(f"validity.{key}", "validity", label, text, judge, repair)


def _spelling(key: str) -> Measure:
    repair = REPAIRS[key]
    return _validity(key, repair.label, repair.text, partial(_standard, key), key)


VALIDITY = (
    _validity("email", _("Email syntax"), _("Deliverable."), partial(_fits, at.EMAIL, "")),
    replace(_spelling("email-domains"), label=_("Email domain")),
    _validity(
        "phone",
        _("Phone number"),
        _("A valid number in its country's numbering plan."),
        partial(_fits, at.PHONE, "phones"),
        "phones",
    ),
    _validity(
        "country",
        _("Country"),
        _("A country by code or name."),
        partial(_fits, at.COUNTRY, "countries"),
        "countries",
    ),
    _validity(
        "postcode",
        _("Postcode"),
        _("In the format of its country."),
        partial(_fits, at.POSTCODE, "postcodes"),
        "postcodes",
    ),
    _validity("birthday", _("Date of birth"), _("In the past, and at most 120 years ago."), _birthday),
    _validity(
        "accepted",
        _("Values accepted"),
        _("No source sent a value that is invalid for its trait."),
        _accepted,
    ),
    replace(_spelling("phones"), label=_("Phone in international form")),
    replace(_spelling("names"), label=_("Spelling of names")),
    replace(_spelling("countries"), key="validity.country-code", label=_("Country as a code")),
    replace(_spelling("postcodes"), key="validity.postcode-form", label=_("Spelling of postcodes")),
    replace(_spelling("cities"), label=_("Spelling of cities")),
    _spelling("spaces"),
    _spelling("placeholders"),
)


def _seen(days: int, subject: Subject, given: Circumstances) -> Verdict:
    since = (given.now - subject.last_seen_at).days
    return GOOD if since < days else Verdict(False, value=subject.last_seen_at.date().isoformat())


def _stated(subject: Subject, given: Circumstances) -> Verdict | None:
    """Whether the contact details were stated within two years."""
    dates = {
        trait: fact["at"]
        for trait in ("email", "phone", "address")
        if trait in subject.traits and (fact := subject.origins.get(trait)) and fact.get("at")
    }
    if not dates:
        return None
    oldest = min(dates, key=lambda trait: dates[trait])
    stated_at = dt.datetime.fromisoformat(dates[oldest])
    return GOOD if given.now - stated_at < STALE else Verdict(False, oldest, stated_at.date().isoformat())


def _fresh(days: int, *, scored: bool) -> Measure:
    label = {30: _("Seen in 30 days"), 90: _("Seen in 90 days"), 365: _("Seen in a year")}[days]
    text = _("Has at least one event in this time.")
    return Measure(f"freshness.{days}", "freshness", label, text, partial(_seen, days), scored=scored)


FRESHNESS = (
    _fresh(30, scored=False),
    _fresh(90, scored=False),
    _fresh(365, scored=True),
    Measure(
        "freshness.stated",
        "freshness",
        _("Contact details stated lately"),
        _("Email, phone and address were last stated within two years."),
        _stated,
    ),
)


def _consent(given: Circumstances) -> Iterator[Measure]:
    for purpose, channel, name in given.consents:
        yield Measure(
            f"consent.{purpose}.{channel}",
            "consent",
            f"{name} · {channel_label(channel)}",
            _("Has granted or withdrawn consent."),
            partial(_decided, purpose, channel),
        )
    for channel, trait in governance.address_traits().items():
        label = _("Contactable by %(channel)s") % {"channel": channel_label(channel)}
        text = _("Has an address that is not suppressed, and consent for at least one purpose.")
        judge = partial(_contactable, channel, trait)
        yield Measure(f"consent.contactable.{channel}", "consent", label, text, judge, scored=False)
    text = _("Every consent in force has evidence.")
    yield Measure("consent.evidence", "consent", _("Consents with evidence"), text, _proven)


def _decided(purpose: str, channel: str, subject: Subject, given: Circumstances) -> Verdict:
    state, _proof = subject.consents.get((purpose, channel), ("never asked", False))
    return Verdict(state != "never asked", value=state, state=state)


def _contactable(channel: str, trait: str, subject: Subject, given: Circumstances) -> Verdict:
    if not subject.traits.get(trait):
        return Verdict(False, trait, str(_("no address")), state="no address")
    if channel in subject.suppressed:
        return Verdict(False, trait, str(_("suppressed")), state="suppressed")
    granted = any(
        stated == channel and state == "granted" for (_p, stated), (state, _e) in subject.consents.items()
    )
    return GOOD if granted else Verdict(False, trait, str(_("no consent")), state="no consent")


def _proven(subject: Subject, given: Circumstances) -> Verdict | None:
    granted = {key: proven for key, (state, proven) in subject.consents.items() if state == "granted"}
    if not granted:
        return None
    bare = next((key for key, proven in granted.items() if not proven), None)
    return GOOD if bare is None else Verdict(False, value=" · ".join(bare))


def _own_id(subject: Subject, given: Circumstances) -> Verdict:
    return Verdict(bool(subject.identifiers - {"anonymous_id"}), value=", ".join(sorted(subject.identifiers)))


def _reachable(subject: Subject, given: Circumstances) -> Verdict:
    reachable = subject.identifiers & {"email", "phone"}
    return Verdict(bool(reachable), value=", ".join(sorted(subject.identifiers)))


IDENTITY = (
    Measure(
        "identity.strong",
        "identity",
        _("Strong identifier"),
        _(
            "Has an email address, a phone number, a user id or another identifier that belongs to one "
            "person only."
        ),
        _own_id,
    ),
    Measure(
        "identity.reachable",
        "identity",
        _("Has an address"),
        _(
            "Has an email address or a phone number, so that a second device or shop matches the same "
            "profile."
        ),
        _reachable,
    ),
)
