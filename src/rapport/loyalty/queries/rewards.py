"""Reads of rewards."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.core.access import Actor
from rapport.loyalty.models import Program, Reward


def rewards(actor: Actor, program: Program | None = None) -> QuerySet[Reward]:
    """Rewards on offer, the cheapest first."""
    if not actor.may("loyalty.view"):
        raise Http404
    rows = Reward.objects.filter(archived_at=None, program__archived_at=None).select_related("program")
    return (rows.filter(program=program) if program else rows).order_by("points", "pk")


def reward_for(actor: Actor, program: Program, reward_id: int) -> Reward:
    """Raises Http404."""
    return get_object_or_404(rewards(actor, program), pk=reward_id)


def offers() -> dict[str, list[tuple[int, str]]]:
    """{key of a programme that has or had rewards: [(points, name)] of those that are there, the cheapest first}"""
    rows = Reward.objects.filter(program__archived_at=None).select_related("program").order_by("points", "pk")
    offered: dict[str, list[tuple[int, str]]] = {}
    for reward in rows:
        there = offered.setdefault(reward.program.key, [])
        if reward.archived_at is None and reward.stock != 0:
            there.append((reward.points, reward.name))
    return offered
