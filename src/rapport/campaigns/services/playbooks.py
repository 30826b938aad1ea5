"""Campaigns that are ready made: segment, template and draft in one step, to be read before they are sent."""

from __future__ import annotations

from django.db import transaction
from django.utils.html import escape
from django.utils.translation import gettext as _

from rapport.campaigns.models import Campaign
from rapport.campaigns.services.campaigns import create_campaign
from rapport.campaigns.services.errors import CampaignError
from rapport.content.services import templates
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.governance.models import Purpose
from rapport.governance.registry import default_channel
from rapport.segments.services import segments

# So many days before a consent ends its holder is asked to renew it.
AHEAD = 30
_MJML = """<mjml><mj-body><mj-section><mj-column>
<mj-text font-size="20px">{heading}</mj-text>
<mj-text font-size="16px">{text}</mj-text>
<mj-button href="{{{{ preferences_url }}}}">{button}</mj-button>
<mj-text font-size="14px" color="#555555">{otherwise}</mj-text>
</mj-column></mj-section></mj-body></mjml>"""


@transaction.atomic
def re_permission(*, actor: Actor, purpose: Purpose, clock: Clock = SYSTEM) -> Campaign:
    """A draft that asks those whose consent to the purpose ends soon to renew it on their preference page.

    Raises PermissionDenied, CampaignError for a purpose whose consents do not end.
    """
    if purpose.basis != Purpose.Basis.CONSENT or not purpose.valid_for_days:
        raise CampaignError(
            _("Consents to this purpose do not end: give it a number of days under Purposes first.")
        )
    channel, names = default_channel().key, {"purpose": purpose.name}
    since = {"before": f"-{max(1, purpose.valid_for_days - AHEAD)}d"}
    segment = segments.create_segment(
        actor=actor,
        name=_("Consent to %(purpose)s ends soon") % names,
        definition={"all": [{"consent": purpose.key, "channel": channel, "since": since}]},
        clock=clock,
    )
    template = templates.create_template(
        actor=actor,
        name=_("Renew consent to %(purpose)s") % names,
        subject=_("May we keep writing to you?"),
        mjml=_MJML.format(
            heading=escape(_("May we keep writing to you?")),
            text=escape(_("You agreed to hear from us about %(purpose)s. That consent ends soon.") % names),
            button=escape(_("Yes, keep me on the list")),
            otherwise=escape(
                _("Save your choice on the page that opens. If you do nothing, we stop by ourselves.")
            ),
        ),
        clock=clock,
    )
    return create_campaign(
        actor=actor,
        name=_("Re-permission: %(purpose)s") % names,
        segment=segment,
        template=template,
        purpose=purpose,
        channel=channel,
        clock=clock,
    )
