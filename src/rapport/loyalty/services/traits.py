"""What profiles, segments and templates know of a member: traits that nobody else may set.

They follow a moment later, apart from the ledger: whoever spends waits for no profile.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import sql
from rapport.core.clock import Clock
from rapport.core.process_cache import kept_for
from rapport.core.ui import formats
from rapport.loyalty.models import Account, Program, Tier
from rapport.loyalty.queries.rewards import offers
from rapport.loyalty.queries.tiers import next_tier
from rapport.loyalty.services import badges, inviting, tiers
from rapport.loyalty.services.wallet import noting
from rapport.people.registry import ComputedTraits, TraitWords
from rapport.people.services import changes, families, profile

BATCH = 2_000
SOURCE = "computed"  # as `people` knows those who may set what nobody else may
NAMES = (
    "points",
    "points_pending",
    "next_reward",
    "points_to_next_reward",
    "referral_code",
    "referral_link",
    "tier",
    "next_tier",
    "to_next_tier",
)
LOCK = 7_302_411


def trait(program_key: str, name: str) -> str:
    return f"{program_key.replace('-', '_')}_{name}"


def refresh(clock: Clock) -> int:
    """Works out the tiers of accounts that moved and writes the traits; returns how many. One worker at a time.

    Persons are locked before their accounts, as by whoever merges them: neither waits for the other in a ring.
    """
    with transaction.atomic():
        if not _is_alone():
            return 0
        tiers.note_due(clock)
    with transaction.atomic():
        if not _is_alone():
            return 0
        waiting = Account.objects.filter(is_due=True).order_by("pk")
        due = list(waiting.values_list("pk", "version", "person_id")[:BATCH])
        if not due:
            return 0
        moved = {person for _pk, _version, person in due if person}
        families.lock_rows(moved)
        tiers.review(moved, clock)
        badges.review(moved, clock)
        # Of two claims of the same moment, the one with the later message id is the newer.
        moves: dict[uuid.UUID, int] = defaultdict(int)
        for person, version in _versions(moved):
            moves[person] += version
        values = _values(set(moves))
        updates = [
            profile.TraitUpdate(person, traits, clock.now(), SOURCE, f"points-{moves[person]:020}")
            for person, traits in sorted(values.items())
        ]
        noting.note(moved, clock)
        changes.mark(profile.apply_traits(updates, clock))
        versions: dict[int, list[uuid.UUID]] = defaultdict(list)
        for pk, version, _person in due:
            versions[version].append(pk)
        for version, ids in versions.items():
            Account.objects.filter(pk__in=ids, version=version).update(is_due=False)
    return len(due)


def _is_alone() -> bool:
    return bool(sql.run("SELECT pg_try_advisory_xact_lock(%b)", [LOCK])[0][0])


def _versions(persons: set[uuid.UUID]) -> list[tuple[uuid.UUID, int]]:
    rows = Account.objects.filter(person_id__in=persons).values_list("person_id", "version")
    return [(person, version) for person, version in rows if person]


def _values(persons: set[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """{person: traits}, over all of their accounts."""
    values: dict[uuid.UUID, dict[str, Any]] = {person: {} for person in persons}
    rows = Account.objects.filter(person_id__in=persons, program__archived_at=None).exclude(
        status=Account.Status.CLOSED
    )
    ladders = tiers.ladders()
    for account in rows.select_related("program", "tier").order_by("joined_at", "pk"):
        assert account.person_id is not None
        key, traits = account.program.key, values[account.person_id]
        for name, points in (("points", account.balance), ("points_pending", account.pending)):
            traits[trait(key, name)] = traits.get(trait(key, name), 0) + points
        traits.setdefault(trait(key, "referral_code"), account.referral_code)
        traits.setdefault(trait(key, "referral_link"), inviting.link(account))
        traits |= _tier_traits(account, ladders.get(account.program_id))
    offered = offers()
    for traits in values.values():
        for key, rewards in offered.items():
            if (have := traits.get(trait(key, "points"))) is not None:
                further = next((reward for reward in rewards if reward[0] > have), None)
                traits[trait(key, "next_reward")] = further[1] if further else None
                traits[trait(key, "points_to_next_reward")] = further[0] - have if further else None
    return values


def _tier_traits(account: Account, ladder: Sequence[Tier] | None) -> dict[str, Any]:
    """The same on each account of a person. Where all tiers were taken away, none is said any more."""
    if ladder is None:
        return {}
    following = next_tier(ladder, account.tier)
    standing = {
        "tier": account.tier.name if account.tier else None,
        "next_tier": following.name if following else None,
        "to_next_tier": _plain(following.threshold - account.tier_value) if following else None,
    }
    return {trait(account.program.key, name): value for name, value in standing.items()}


def _plain(amount: Decimal) -> int | float:
    amount = max(amount, Decimal(0))
    return int(amount) if amount == int(amount) else float(amount)


@kept_for(10.0)
def _programs() -> list[Program]:
    return list(Program.objects.order_by("pk"))


def names() -> list[str]:
    """Read anew: whoever asks keeps them until `definitions.touch`."""
    keys = Program.objects.order_by("pk").values_list("key", flat=True)
    return [trait(key, name) for key in keys for name in NAMES]


def words() -> dict[str, TraitWords]:
    labels = {
        "points": _("%(program)s: points"),
        "points_pending": _("%(program)s: pending points"),
        "next_reward": _("%(program)s: next reward"),
        "points_to_next_reward": _("%(program)s: points to the next reward"),
        "referral_code": _("%(program)s: referral code"),
        "referral_link": _("%(program)s: referral link"),
        "tier": _("%(program)s: tier"),
        "next_tier": _("%(program)s: next tier"),
        "to_next_tier": _("%(program)s: missing to the next tier"),
    }
    return {
        trait(program.key, name): TraitWords(labels[name] % {"program": program.name}, _number)
        for program in _programs()
        for name in NAMES
    }


def _number(value: Any) -> str:
    return formats.number(value) if isinstance(value, int | float) else str(value)


TRAITS = ComputedTraits("loyalty", names, words)
