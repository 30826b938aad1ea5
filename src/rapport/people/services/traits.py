"""Traits: which of what several sources claim stands, and what of it stands in the person's own columns.

Pure functions. Of each source the newest claim is kept ("by hand" and "import" are one source each, whoever did
it); the winner is chosen among these by a `Priority`, or is simply the newest. Because the newest claim per source
and the choice among them are both functions of the set of claims, every order of arrival gives the same profile.

A fact is {"at", "source", "message_id"} of the claim that stands, whose value is the trait's; what lost lies under
"others": {source: {"at", "source", "message_id", "value"}}. A value of null is the claim that there is none.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

Origins = dict[str, dict[str, Any]]
State = tuple[dict[str, Any], Origins]
MAX_NAME = 100
# Sources that are many but count as one: "by hand: ada@example.org" is "by hand".
GROUPED = frozenset({"by hand", "import", "computed"})


class Claim(NamedTuple):
    """What one source said last of one trait. `at` is ISO text in UTC."""

    at: str
    message_id: str
    source: str
    value: Any

    def beats(self, other: Claim | None) -> bool:
        """Whether this was said later; equal times go by message id, then by value."""
        if other is None:
            return True
        own, theirs = (self.at, self.message_id), (other.at, other.message_id)
        if own != theirs:
            return own > theirs
        return (self.source, _dumped(self.value)) > (other.source, _dumped(other.value))


Claims = dict[str, Claim]
Rank = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Priority:
    """Which source is believed. `rank(slot)`: smaller wins; within a rank, the newer.

    With `stale`, a claim that is older than the newest one by more than that counts no longer. What `public` slots
    claim counts only where no other speaks.
    """

    rank: Rank
    stale: dt.timedelta | None = None
    public: Callable[[str], bool] | None = None


NewestWins = None
Priorities = Callable[[str], Priority | None]


def newest_wins(trait: str) -> Priority | None:
    return NewestWins


def slot_of(source: str) -> str:
    """The source as priority knows it."""
    head, sign, _rest = source.partition(": ")
    return head if sign and head in GROUPED else source


def newer(fact: dict[str, Any], than: dict[str, Any] | None) -> bool:
    """Whether `fact` was said later than `than`."""
    if than is None:
        return True
    return (fact["at"], fact.get("message_id", "")) > (than["at"], than.get("message_id", ""))


def chosen(claims: Claims, priority: Priority | None) -> str:
    """The slot whose claim stands."""
    if priority is None or len(claims) == 1:
        return max(claims, key=lambda slot: _order(claims[slot]))
    live = claims
    if public := priority.public:
        live = {slot: claim for slot, claim in claims.items() if not public(slot)} or claims
    if priority.stale is not None:
        newest = max(live.values(), key=_order)
        limit = dt.datetime.fromisoformat(newest.at) - priority.stale
        live = {slot: claim for slot, claim in live.items() if dt.datetime.fromisoformat(claim.at) >= limit}
    return max(live, key=lambda slot: (-priority.rank(slot), _order(live[slot])))


def _order(claim: Claim) -> tuple[str, str, str, str]:
    return claim.at, claim.message_id, claim.source, _dumped(claim.value)


def claims_of(name: str, state: State) -> Claims:
    """Every source's newest claim of one trait, the winner's among them."""
    fact = state[1].get(name)
    if fact is None:
        return {}
    source = fact.get("source", "")
    claims = {slot_of(source): Claim(fact["at"], fact.get("message_id", ""), source, state[0].get(name))}
    for slot, other in fact.get("others", {}).items():
        claims[slot] = Claim(other["at"], other["message_id"], other["source"], other["value"])
    return claims


def put(name: str, claims: Claims, priority: Priority | None, state: State) -> None:
    """Writes the claims of one trait into the state, the winner first."""
    traits, origins = state
    if not claims:
        traits.pop(name, None)
        origins.pop(name, None)
        return
    slot = chosen(claims, priority)
    winner = claims[slot]
    fact: dict[str, Any] = {"at": winner.at, "source": winner.source, "message_id": winner.message_id}
    if len(claims) > 1:
        fact["others"] = {
            other: {"at": c.at, "source": c.source, "message_id": c.message_id, "value": c.value}
            for other, c in sorted(claims.items())
            if other != slot
        }
    origins[name] = fact
    if winner.value is None:
        traits.pop(name, None)
    else:
        traits[name] = winner.value


def laid_over(
    state: State, values: dict[str, Any], fact: dict[str, Any], priorities: Priorities = newest_wins
) -> State:
    """The state after one event's claims. A null removes the trait, as far as this source has a say."""
    traits, origins = dict(state[0]), dict(state[1])
    slot = slot_of(fact.get("source", ""))
    for name, value in values.items():
        previous = origins.get(name)
        if previous is None or ("others" not in previous and slot_of(previous.get("source", "")) == slot):
            _replace(name, value, fact, traits, origins)
            continue
        claims = claims_of(name, (traits, origins))
        claim = Claim(fact["at"], fact.get("message_id", ""), fact.get("source", ""), value)
        if claim.beats(claims.get(slot)):
            claims[slot] = claim
            put(name, claims, priorities(name), (traits, origins))
    return traits, origins


def _replace(name: str, value: Any, fact: dict[str, Any], traits: dict[str, Any], origins: Origins) -> None:
    """The short way, where only one source ever spoke of the trait."""
    previous = origins.get(name)
    if not newer(fact, previous):
        if previous is None or newer(previous, fact):
            return
        new = Claim(fact["at"], fact.get("message_id", ""), fact.get("source", ""), value)
        if not new.beats(Claim(previous["at"], new.message_id, previous.get("source", ""), traits.get(name))):
            return
    origins[name] = fact
    if value is None:
        traits.pop(name, None)
    else:
        traits[name] = value


def merged_facts(first: State, other: State, priorities: Priorities = newest_wins) -> State:
    """Two states as one: of each source the newer claim, and of these the one that stands."""
    state: State = (dict(first[0]), dict(first[1]))
    for name in other[1]:
        claims = claims_of(name, first)
        for slot, claim in claims_of(name, other).items():
            if claim.beats(claims.get(slot)):
                claims[slot] = claim
        put(name, claims, priorities(name), state)
    return state


def denormalised(traits: dict[str, Any]) -> tuple[str, str]:
    """(name, e-mail) for lists and search, from the traits' usual spellings."""
    name = _text(traits.get("name"))
    if not name:
        first = _text(traits.get("first_name") or traits.get("firstName"))
        last = _text(traits.get("last_name") or traits.get("lastName"))
        name = f"{first} {last}".strip()
    return name[:254], _text(traits.get("email")).lower()[:254]


def usable(traits: dict[str, Any]) -> dict[str, Any]:
    """Traits whose names can be kept: not empty, at most 100 characters."""
    return {name: value for name, value in traits.items() if name and len(name) <= MAX_NAME}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _dumped(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
