"""The mail of a double opt-in: a template the business may rewrite, sent by the road of all messages."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.content.models import Template, TemplateVersion
from rapport.content.services import templates
from rapport.core.access import system
from rapport.core.clock import Clock
from rapport.core.jobs import JobFailed
from rapport.governance.models import MARKETING, ConsentRequest, Purpose
from rapport.governance.registry import ConfirmationMailer
from rapport.messaging.registry import Description, SendOrigin
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
    purpose = Purpose.objects.exclude(basis__in=MARKETING).filter(archived_at=None)
    chosen = purpose.order_by("position", "key").first()
    if chosen is None:
        raise JobFailed(
            _("There is no purpose on the basis of a contract, under which the mail could be sent.")
        )
    names = dict(Purpose.objects.filter(key__in=request.purposes).values_list("key", "name"))
    version = _version(best(request.language), clock)
    row = sends.triggered(
        actor=ACTOR,
        origin=ORIGIN,
        origin_id=str(version.template_id),
        purpose=chosen,
        channel=request.channel,
        version=version,
        clock=clock,
    )
    recipient = sends.Recipient(
        request.person_id,
        {"consent_request": str(request.pk)},
        occurrence=f"{request.pk}:{request.mails}",
        data={"confirm_url": url, "purposes": [names.get(key, key) for key in request.purposes]},
        expires_at=request.expires_at,
    )
    sends.add_recipients(send=row, recipients=[recipient], now=clock.now())


def _version(language: str, clock: Clock) -> TemplateVersion:
    """The template's last published version; made in this language when it is first needed."""
    with translation.override(language):
        name = _("Confirmation of a sign-up")
        template = Template.objects.filter(name=name, created_by=ACTOR.label, archived_at=None).first()
        if template is None:
            mjml = _MJML.format(
                intro=escape(_("Please confirm that you would like to hear from us about:")),
                button=escape(_("Yes, I confirm")),
                ignore=escape(_("If you did not ask for this, do nothing: nothing is sent to you.")),
            )
            subject = _("Please confirm your sign-up")
            template = templates.create_template(
                actor=ACTOR, name=name, subject=subject, mjml=mjml, clock=clock
            )
    last = template.versions.order_by("-version").first()
    return last or templates.publish(actor=ACTOR, template_id=template.pk, clock=clock)


def _describe(ids: Sequence[str]) -> dict[str, Description]:
    return {origin_id: Description(str(_("Confirmation of a sign-up"))) for origin_id in ids}


MAILER = ConfirmationMailer("portal", send)


def _page(origin_id: str) -> str:
    return reverse("content:template", args=[origin_id.partition(":")[0]])


SEND_ORIGIN = SendOrigin(ORIGIN, gettext_lazy("Confirmation"), _page, _describe)
