"""What the audit log calls what is done in loyalty."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.core.audit_log import AuditedRecord, named, register
from rapport.loyalty.models import Account, Program
from rapport.loyalty.queries import accounts as queries

ACTIONS = {
    "loyalty_account.card_given": _("Gave a card to the account of %(record)s"),
    "loyalty_account.joined": _("Opened the loyalty account of %(record)s"),
    "loyalty_account.status_changed": _("Blocked or opened the account of %(record)s"),
    "loyalty_program.changed": _("Changed the loyalty programme %(record)s"),
    "loyalty_program.created": _("Created the loyalty programme %(record)s"),
    "loyalty_program.ended": _("Ended the loyalty programme %(record)s"),
    "loyalty_program.reopened": _("Reopened the loyalty programme %(record)s"),
    "loyalty_rule.added": _("Added the rule %(rule)s to the programme %(record)s"),
    "loyalty_rule.ended": _("Ended the rule %(rule)s of the programme %(record)s"),
    "loyalty_partner.saved": _("Saved the partner %(partner)s of the programme %(record)s"),
    "loyalty_reward.ended": _("Took the reward %(reward)s off the programme %(record)s"),
    "loyalty_reward.redeemed": _("Gave %(record)s the reward %(reward)s for %(points)s points"),
    "loyalty_reward.saved": _("Saved the reward %(reward)s of the programme %(record)s"),
    "loyalty_referral.claimed": _("Noted somebody whom the code of %(record)s brought: %(state)s"),
    "loyalty_badges.set": _("Set the badges of the programme %(record)s: %(badges)s"),
    "loyalty_wallet.changed": _("Changed by what members' cards in wallets are signed"),
    "loyalty_tiers.set": _("Set the tiers of the programme %(record)s: %(tiers)s"),
    "points.booked": _("Booked %(points)s points on the account of %(record)s"),
}


def _accounts(actor: Actor) -> QuerySet[Account]:
    return queries.accounts(actor) if actor.may(queries.SEE) else Account.objects.none()


def register_words() -> None:
    accounts = named(_accounts, "loyalty:account", label="")
    programs = named(lambda _actor: Program.objects.all(), "loyalty:program", url_key="key")
    register(
        ACTIONS,
        AuditedRecord("loyalty_account", _("Loyalty account"), accounts),
        AuditedRecord("loyalty_program", _("Loyalty programme"), programs),
    )
