"""Which side wins where both say something of a field: by what changed since they agreed, then by rule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from rapport.connectors.registry import Said
from rapport.core import crypto

OURS, THEIRS, NEWEST, ASK = "ours", "theirs", "newest", "ask"
RULES = {
    NEWEST: _("What was said last"),
    OURS: _("What Rapport says"),
    THEIRS: _("What the shop says"),
    ASK: _("Ask somebody"),
}
WHY = {
    "rule_ours": _("The rule is that Rapport's value wins."),
    "rule_theirs": _("The rule is that the shop's value wins."),
    "newest": _("The rule is that what was said last wins."),
    "undated": _("The rule is that what was said last wins; the shop does not say when, so Rapport's stays."),
    "opt_out": _("An opt-out always wins over a consent that it was never compared with."),
    "ask": _("The rule is that somebody decides."),
    "by_hand": _("Somebody decided."),
}
IN, OUT = "subscribed", "unsubscribed"
CONSENT = "consent:"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`winner` is equal, ours, theirs or ask; `why` is empty where only one side had changed."""

    winner: str
    why: str = ""


def hashed(value: Any) -> str:
    """A keyed hash: enough to see whether a value is the one it was, and nothing else."""
    return crypto.address_hash("connector", json.dumps(value, sort_keys=True, default=str))[:32]


def decide(field: str, ours: Said, theirs: Said, base: Sequence[str], rule: str = NEWEST) -> Verdict:
    """`base` has the hashes of [ours, theirs] as they last were in step; it is empty when they never were."""
    if ours.value == theirs.value:
        return Verdict("equal")
    ours_stays = bool(base) and hashed(ours.value) == base[0]
    theirs_stays = bool(base) and hashed(theirs.value) == base[1]
    if ours_stays and theirs_stays:
        return Verdict("equal")  # the other side writes it differently
    if field.startswith(CONSENT):
        return _consent(ours, theirs, ours_stays=ours_stays, theirs_stays=theirs_stays)
    if field == "tags" or theirs.value in (None, "") or theirs_stays:
        return Verdict("ours")
    if ours_stays:
        return Verdict("theirs")
    return _by_rule(ours, theirs, rule)


def _by_rule(ours: Said, theirs: Said, rule: str) -> Verdict:
    if rule in (OURS, THEIRS):
        return Verdict(rule, f"rule_{rule}")
    if rule == ASK:
        return Verdict("ask", "ask")
    if ours.at is None or theirs.at is None:
        return Verdict("ours", "undated")
    return Verdict("ours" if ours.at >= theirs.at else "theirs", "newest")


def _consent(ours: Said, theirs: Said, *, ours_stays: bool, theirs_stays: bool) -> Verdict:
    """A consent overrules an opt-out only when whoever gave it had seen that opt-out: it stood on both sides before."""
    if theirs.value not in (IN, OUT):
        # Some shops know no more than that there is no consent: where there was one, that is an opt-out.
        return Verdict("theirs", "opt_out") if ours_stays and ours.value == IN else Verdict("ours")
    if theirs_stays:
        is_later = ours.value == OUT and ours.at and theirs.at and theirs.at > ours.at
        return Verdict("ours", "opt_out" if is_later else "")
    if ours_stays:
        return Verdict("theirs")
    return Verdict("ours" if ours.value == OUT else "theirs", "opt_out")
