"""Gift cards go out on the day their giver chose: ordered once, as messages that nobody can refuse.

The code is put in when the message is made, and is not kept with it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.content.models import TemplateVersion
from rapport.content.registry import Addressee, LiquidVariable
from rapport.content.services.liquid_source import TemplateError
from rapport.core import jobs
from rapport.core.access import system
from rapport.core.clock import Clock
from rapport.core.queries import workspace
from rapport.core.templatetags.ui import money
from rapport.governance.registry import default_channel
from rapport.messaging.registry import Description, SendOrigin
from rapport.messaging.services import own_mails, sends
from rapport.promotions.models import GiftCard
from rapport.promotions.services.gift_cards import cards, terms

ORIGIN = "gift_card"
ACTOR = system("gift cards")
BATCH = 200
KEYS = ("amount", "balance_url", "code", "ends", "giver", "greeting", "recipient")
_MJML = """<mjml><mj-body><mj-section><mj-column>
<mj-text font-size="20px">{intro} {{{{ gift_card.amount }}}}</mj-text>
<mj-text font-size="16px">{{{{ gift_card.greeting }}}}</mj-text>
<mj-text font-size="24px" font-family="monospace">{{{{ gift_card.code }}}}</mj-text>
<mj-text font-size="14px" color="#555555">{hint} {{{{ gift_card.balance_url }}}}</mj-text>
</mj-column></mj-section></mj-body></mjml>"""


def deliver(job: jobs.RunningJob) -> dict[str, int]:
    """The job, every minute."""
    count = 0
    while True:
        with transaction.atomic():
            ordered = deliver_batch(job.clock)
            job.step()
        count += ordered
        if ordered < BATCH:
            return {"ordered": count}


def deliver_batch(clock: Clock) -> int:
    """Orders the messages of cards whose day has come; in the caller's transaction."""
    now = clock.now()
    due = GiftCard.objects.filter(deliver_at__lte=now, ordered_at=None, problem="", blocked=False)
    rows = jobs.claim_rows(due.exclude(person=None).order_by("deliver_at"), limit=BATCH)
    for card in rows:
        try:
            _order(card, clock)
        except (jobs.JobFailed, LookupError) as error:
            card.problem = str(error)[:254]
        else:
            card.ordered_at = now
        card.save(update_fields=["problem", "ordered_at"])
    return len(rows)


def _order(card: GiftCard, clock: Clock) -> None:
    """Raises JobFailed, LookupError with what is missing."""
    assert card.person_id is not None
    channel = card.channel or default_channel().key
    recipient = sends.Recipient(
        card.person_id,
        occurrence=str(card.pk),
        address=card.recipient_email,
        data={"gift_card": str(card.pk)},
    )
    own_mails.order(
        actor=ACTOR, origin=ORIGIN, channel=channel, version=_version(channel, clock),
        recipients=[recipient], clock=clock,
    )  # fmt: skip


def _version(channel: str, clock: Clock) -> TemplateVersion:
    """What the business chose, or ours. Raises JobFailed."""
    rules, is_mail = cards.rules(), channel == default_channel().key
    chosen = rules.template if is_mail else rules.post_template
    if chosen is not None and (last := chosen.last_version()):
        return last
    if not is_mail or chosen is not None:
        raise jobs.JobFailed(_("Choose a published template for it in the rules of gift cards."))
    mjml = _MJML.format(intro=escape(_("Your gift card:")), hint=escape(_("What is on it you see here:")))
    name, subject = _("Gift card"), _("Your gift card")
    return own_mails.version_of(actor=ACTOR, name=name, subject=subject, mjml=mjml, clock=clock)


def values(addressees: Sequence[Addressee], keys: Sequence[str]) -> list[Mapping[str, str] | Exception]:
    """Of the card that a message is about, if it is its person's: nobody else's message can show it."""
    ids = [ref for addressee in addressees if (ref := _reference(addressee))]
    there = {card.pk: card for card in GiftCard.objects.filter(pk__in=ids)}
    answers: list[Mapping[str, str] | Exception] = []
    for addressee in addressees:
        card = there.get(_reference(addressee) or uuid.UUID(int=0))
        if card is None or card.person_id != addressee.person_id:
            answers.append(TemplateError(_("the message is about no gift card of this person")))
        else:
            words = _said(card)
            answers.append({key: words[key] for key in keys if key in words})
    return answers


def _reference(addressee: Addressee) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(addressee.data.get("gift_card", "")))
    except ValueError:
        return None


def _said(card: GiftCard) -> dict[str, str]:
    return {
        "code": cards.code_of(card),
        "amount": str(money(card.balance, card.currency)),
        "ends": _day(card.expires_at),
        "greeting": card.greeting,
        "giver": card.giver_name,
        "recipient": card.recipient_name,
        "balance_url": f"{settings.PUBLIC_URL}{reverse('promotions:gift_balance')}",
    }


def _day(moment: dt.datetime | None) -> str:
    return date_format(terms.last_day(moment, workspace().time_zone)) if moment else ""


def sample() -> Mapping[str, str]:
    """What a preview shows."""
    example = "EXAM-PLEC-ODEE-XAMP"
    return dict.fromkeys(KEYS, "") | {"code": example, "amount": str(money(50, "EUR")), "giver": "Ada"}


def _describe(ids: Sequence[str]) -> dict[str, Description]:
    return {origin_id: Description(str(_("Gift card"))) for origin_id in ids}


VARIABLE = LiquidVariable("gift_card", values, sample, frozenset({"code"}))
SEND_ORIGIN = SendOrigin(ORIGIN, gettext_lazy("Gift cards"), own_mails.page_of, _describe)
