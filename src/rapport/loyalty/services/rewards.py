"""Rewards: what there is, and who takes one. Each redemption happens once, and never beyond the stock."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.loyalty.models import Account, Entry, Program, Redemption, Reward
from rapport.loyalty.models.ledger import Book
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.services import telling
from rapport.loyalty.services.accounts import request_review
from rapport.loyalty.services.ledger.books import Books, Insufficient
from rapport.loyalty.services.points import Conflict, closed, gather

SOURCE = "reward"
EDIT = "loyalty.edit"


@transaction.atomic
def put_reward(
    *,
    actor: Actor,
    program: Program,
    values: dict[str, Any],
    reward: Reward | None = None,
    clock: Clock = SYSTEM,
) -> Reward:
    """Adds a reward, or changes one. Raises ValidationError."""
    actor.require(EDIT)
    name = str(values["name"]).strip()
    if not 0 < len(name) <= 120:
        raise ValidationError({"name": _("Give it a name of at most 120 characters.")})
    if not 1 <= values["points"] <= 10**9:
        raise ValidationError({"points": _("Give a number of points.")})
    if values["stock"] is not None and not 0 <= values["stock"] <= 10**9:
        raise ValidationError({"stock": _("Give how many there are.")})
    row = reward or Reward(program=program)
    row.name, row.points, row.stock = name, values["points"], values["stock"]
    row.save()
    _record(actor, "loyalty_reward.saved", row, clock)
    return row


@transaction.atomic
def archive_reward(*, actor: Actor, reward: Reward, clock: Clock = SYSTEM) -> None:
    """Takes a reward off the list."""
    actor.require(EDIT)
    Reward.objects.filter(pk=reward.pk).update(archived_at=clock.now())
    _record(actor, "loyalty_reward.ended", reward, clock)


def _record(actor: Actor, action: str, reward: Reward, clock: Clock) -> None:
    """Notes it, and has members' profiles name their next reward anew."""
    request_review(reward.program_id, clock)
    audit.record(
        actor=actor, action=action, object_type="loyalty_program", object_id=reward.program_id,
        data={"reward": reward.name}, clock=clock,
    )  # fmt: skip


@transaction.atomic
def redeem(*, actor: Actor, account_id: uuid.UUID, reward_id: int, key: str, clock: Clock = SYSTEM) -> Entry:
    """Spends points on a reward. The same key is the same redemption. Raises Http404, ValidationError, Conflict."""
    actor.require("loyalty.points")
    queries.require_visible(actor, account_id)
    books = Books.open({account_id}, clock.now(), with_others=True)
    if (account := books.accounts.get(account_id)) is None:
        raise Http404("no such account")
    if before := queries.entry_by_key(account.program, SOURCE, key):
        if before.account_id != account.pk or not Redemption.objects.filter(entry=before, reward=reward_id):
            raise Conflict(_("The key stands for another entry."))
        return before
    # After the accounts, as everywhere: the last piece goes to one of two.
    rewards = Reward.objects.select_for_update(no_key=True)
    reward = rewards.filter(pk=reward_id, program_id=account.program_id, archived_at=None).first()
    if reward is None:
        raise Http404("no such reward")
    if account.status != Account.Status.ACTIVE:
        raise ValidationError(_("This account is not active."))
    if reward.stock is not None:
        if reward.stock < 1:
            raise ValidationError({"reward": _("There is none left of this reward.")})
        Reward.objects.filter(pk=reward.pk).update(stock=reward.stock - 1)
    return _paid(books, account, reward, key, actor, clock)


def _paid(books: Books, account: Account, reward: Reward, key: str, actor: Actor, clock: Clock) -> Entry:
    try:
        gather(books, account, reward.points)
        entry = books.spend(
            account, reward.points, Book.SPENT, source=SOURCE, key=key, note=reward.name, actor=actor.label
        )
    except Insufficient as error:
        raise ValidationError({"reward": _("There are not so many points to spend.")}) from error
    entries = closed(books)
    Redemption.objects.create(entry=entry, reward=reward)
    telling.tell(entries, clock)
    data = {"reward": reward.name, "points": -entry.points}
    audit.record(
        actor=actor, action="loyalty_reward.redeemed", object_type="loyalty_account", object_id=account.pk, data=data,
        clock=clock,
    )  # fmt: skip
    return entry
