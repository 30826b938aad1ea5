"""The mail of a double opt-in: a template the business may rewrite, sent by the road of all messages."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.content.models import TemplateVersion
from rapport.core.access import system
from rapport.core.clock import Clock
from rapport.governance.models import ConsentRequest, Purpose
from rapport.governance.registry import ConfirmationMailer
from rapport.messaging.registry import Description, SendOrigin
from rapport.messaging.services import own_mails as mails
from rapport.messaging.services import sends
from rapport.portal.services.languages import best

ORIGIN = "consent_request"
ACTOR = system("double opt-in")
_MJML = """<mjml><mj-body><mj-section><mj-column>
<mj-text font-size="16px">{intro}</mj-text>
<mj-text font-size="16px">
<ul>{{% for purpose in data.purposes %}}<li>{{{{ purpose }}}}</li>{{% endfor %}}</ul></mj-text>
<mj-button href="{{{{ data.confirm_url }}}}">{button}</mj-button>
<mj-text font-size="14px" color="#555555">{ignore}</mj-text>
</mj-column></mj-section></mj-body></mjml>"""


def send(request: ConsentRequest, url: str, clock: Clock) -> None:
    """Orders the mail, as a message that nobody can refuse. Raises JobFailed where there is no purpose for such."""
    names = dict(Purpose.objects.filter(key__in=request.purposes).values_list("key", "name"))
    recipient = sends.Recipient(
        request.person_id,
        {"consent_request": str(request.pk)},
        occurrence=f"{request.pk}:{request.mails}",
        data={"confirm_url": url, "purposes": [names.get(key, key) for key in request.purposes]},
        expires_at=request.expires_at,
    )
    version = _version(best(request.language), clock)
    mails.order(
        actor=ACTOR,
        origin=ORIGIN,
        channel=request.channel,
        version=version,
        recipients=[recipient],
        clock=clock,
    )


def _version(language: str, clock: Clock) -> TemplateVersion:
    with translation.override(language):
        mjml = _MJML.format(
            intro=escape(_("Please confirm that you would like to hear from us about:")),
            button=escape(_("Yes, I confirm")),
            ignore=escape(_("If you did not ask for this, do nothing: nothing is sent to you.")),
        )
        name, subject = _("Confirmation of a sign-up"), _("Please confirm your sign-up")
        return mails.version_of(actor=ACTOR, name=name, subject=subject, mjml=mjml, clock=clock)


def _describe(ids: Sequence[str]) -> dict[str, Description]:
    return {origin_id: Description(str(_("Confirmation of a sign-up"))) for origin_id in ids}


MAILER = ConfirmationMailer("portal", send)


SEND_ORIGIN = SendOrigin(ORIGIN, gettext_lazy("Confirmation"), mails.page_of, _describe)
