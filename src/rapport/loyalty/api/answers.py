"""What the API says of accounts, entries, rewards and tiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from rapport.loyalty.models import Account, Entry, Program, Referral, Reward, Tier
from rapport.loyalty.queries.badges import Progress
from rapport.loyalty.queries.tiers import next_tier
from rapport.loyalty.queries.tiers import tiers as offered


def reward_out(row: Reward) -> dict[str, Any]:
    return {
        "id": row.pk,
        "program": row.program.key,
        "name": row.name,
        "points": row.points,
        "stock": row.stock,
    }


def accounts_out(rows: Iterable[Account]) -> list[dict[str, Any]]:
    """Asks for the tiers of each programme once."""
    rows = list(rows)
    ladders = {program.pk: offered(program) for program in {row.program for row in rows}}
    return [_account(row, ladders[row.program_id]) for row in rows]


def account_out(row: Account) -> dict[str, Any]:
    return accounts_out([row])[0]


def _account(row: Account, ladder: Sequence[Tier]) -> dict[str, Any]:
    names = ("id", "person_id", "card_number", "status", "joined_at", "pending", "referral_code")
    return {name: getattr(row, name) for name in names} | {
        "program": row.program.key, "points": row.balance, "owed": -row.owed, "tier": _tier(row, ladder),
    }  # fmt: skip


def _tier(row: Account, ladder: Sequence[Tier]) -> dict[str, Any] | None:
    if not ladder:
        return None
    following = next_tier(ladder, row.tier)
    return {
        "name": row.tier.name if row.tier else None,
        "since": row.tier_since,
        "until": row.tier_until,
        "benefits": row.tier.benefits if row.tier else "",
        "value": row.tier_value,
        "next_tier": following.name if following else None,
        "missing": max(following.threshold - row.tier_value, Decimal(0)) if following else None,
    }


def referral_out(row: Referral) -> dict[str, Any]:
    names = ("id", "state", "created_at", "due_at")
    reason = str(row.get_reason_display()) if row.reason else ""
    return {name: getattr(row, name) for name in names} | {"reason": reason, "order": row.order_ref}


def badge_out(row: Progress) -> dict[str, Any]:
    names = ("name", "measure", "period", "threshold", "points")
    about = {name: getattr(row.badge, name) for name in names}
    return about | {"value": row.value, "times": row.times, "is_earned": row.is_earned}


def tiers_out(program: Program) -> dict[str, Any]:
    names = ("measure", "period", "months", "grace_days", "soft_landing")
    settings = {name: getattr(program, f"tier_{name}") for name in names}
    return settings | {"tiers": offered(program)}


def entry_out(row: Entry) -> dict[str, Any]:
    names = ("id", "kind", "points", "source", "key", "at", "note", "reasons")
    return {name: getattr(row, name) for name in names} | {"order": row.order_ref}
