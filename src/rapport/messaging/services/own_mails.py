"""Mails of our own, of sign-ups or gift cards: templates the business may rewrite, on the road of all messages."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.content.models import Template, TemplateVersion
from rapport.content.services import templates
from rapport.core.access import Actor
from rapport.core.clock import Clock
from rapport.core.jobs import JobFailed
from rapport.governance.models import MARKETING, Purpose
from rapport.messaging.services import sends


def order(
    *,
    actor: Actor,
    origin: str,
    channel: str,
    version: TemplateVersion,
    recipients: Sequence[sends.Recipient],
    clock: Clock,
) -> None:
    """Orders a mail as a message that nobody can refuse. Raises JobFailed where there is no purpose for such."""
    purpose = Purpose.objects.exclude(basis__in=MARKETING).filter(archived_at=None)
    chosen = purpose.order_by("position", "key").first()
    if chosen is None:
        raise JobFailed(
            _("There is no purpose on the basis of a contract, under which the mail could be sent.")
        )
    origin_id = str(version.template_id)
    row = sends.triggered(
        actor=actor, origin=origin, origin_id=origin_id, purpose=chosen, channel=channel, version=version,
        clock=clock,
    )  # fmt: skip
    sends.add_recipients(send=row, recipients=recipients, now=clock.now())


def version_of(*, actor: Actor, name: str, subject: str, mjml: str, clock: Clock) -> TemplateVersion:
    """The last published version of our template of this name; made when it is first needed."""
    template = Template.objects.filter(name=name, created_by=actor.label, archived_at=None).first()
    if template is None:
        template = templates.create_template(actor=actor, name=name, subject=subject, mjml=mjml, clock=clock)
    last = template.last_version()
    return last or templates.publish(actor=actor, template_id=template.pk, clock=clock)


def page_of(origin_id: str) -> str:
    """The page of the template, which is what the origin of such a mail is called by."""
    return reverse("content:template", args=[origin_id.partition(":")[0]])
