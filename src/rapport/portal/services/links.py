"""A new link to the preference page, for whoever comes with one that has ended: sent to the address we have of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.access import system
from rapport.core.clock import Clock
from rapport.core.services import rates
from rapport.governance.registry import default_channel
from rapport.messaging.registry import Description, SendOrigin
from rapport.messaging.services import own_mails as mails
from rapport.messaging.services import sends
from rapport.people.models import Person

ORIGIN = "preference_link"
ACTOR = system("preference page")
MOST_A_DAY = 3
_MJML = """<mjml><mj-body><mj-section><mj-column>
<mj-text font-size="16px">{intro}</mj-text>
<mj-button href="{{{{ preferences_url }}}}">{button}</mj-button>
<mj-text font-size="14px" color="#555555">{ignore}</mj-text>
</mj-column></mj-section></mj-body></mjml>"""


def send(person: Person, language: str, clock: Clock) -> None:
    """Orders the mail with the new link, a few times a day at most. Says nothing of whether we have an address."""
    now = clock.now()
    if rates.exceeded("preference link", str(person.pk), limit=MOST_A_DAY, seconds=86_400, now=now):
        return
    with translation.override(language):
        mjml = _MJML.format(
            intro=escape(_("You asked for a new link to your preferences. Here it is:")),
            button=escape(_("Manage your preferences")),
            ignore=escape(_("If you did not ask for it, do nothing: nothing changes.")),
        )
        name, subject = _("New link to the preferences"), _("Your link to your preferences")
        version = mails.version_of(actor=ACTOR, name=name, subject=subject, mjml=mjml, clock=clock)
    recipient = sends.Recipient(person.pk, {"asked_at": now.isoformat()}, occurrence=uuid.uuid4().hex)
    mails.order(
        actor=ACTOR,
        origin=ORIGIN,
        channel=default_channel().key,
        version=version,
        recipients=[recipient],
        clock=clock,
    )


def _describe(ids: Sequence[str]) -> dict[str, Description]:
    return {origin_id: Description(str(_("New link to the preferences"))) for origin_id in ids}


SEND_ORIGIN = SendOrigin(ORIGIN, gettext_lazy("New link to the preferences"), mails.page_of, _describe)
