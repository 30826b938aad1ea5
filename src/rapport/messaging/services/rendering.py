"""One message to one person, from a template version compiled once."""

from __future__ import annotations

import datetime as dt
import functools
import re
import uuid
from dataclasses import dataclass
from typing import Any

from rapport.channels.email.mime import HeaderInjection, Parts, Skeleton, Unsubscribe
from rapport.channels.protocol import Message
from rapport.core.models import Workspace
from rapport.messaging.models import Campaign, CampaignSend, TemplateVersion
from rapport.messaging.services import tokens
from rapport.messaging.services.gate import MARKETING
from rapport.messaging.services.liquid import Program, TemplateError, safe_url

_SPACE = re.compile(r"[\s\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for. `traits` is the person's own data as it is now."""

    person_id: uuid.UUID
    name: str
    address: str
    traits: dict[str, Any]

    def context(self) -> dict[str, Any]:
        """`person` as templates see it: every trait by name, and id, name, email, first_name, traits."""
        traits = self.traits
        given = traits.get("first_name") or traits.get("firstName") or self.name.split(" ", 1)[0]
        return {
            **traits,
            "traits": traits,
            "id": str(self.person_id),
            "name": self.name,
            "email": self.address,
            "first_name": given,
        }


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    html: str
    text: str


class CompiledVersion:
    """The parsed parts of a template version."""

    def __init__(self, version: TemplateVersion) -> None:
        self.subject = Program(version.subject)
        self.html = Program(version.html, html=True)
        self.text = Program(version.plain)
        self.links = [Program(link.url) for link in version.links.order_by("position")]

    def render(self, context: dict[str, Any]) -> Rendered:
        """Raises TemplateError."""
        subject = _SPACE.sub(" ", self.subject.render(context)).strip()[:500]
        return Rendered(subject, self.html.render(context), self.text.render(context))

    def link_targets(self, context: dict[str, Any]) -> dict[str, str]:
        """Where the links lead when nothing is tracked (previews and tests)."""
        return {f"link_{at}": safe_url(link.render(context)) for at, link in enumerate(self.links)}


@functools.lru_cache(maxsize=64)
def compiled(version_id: int) -> CompiledVersion:
    """Kept by id, because versions never change. Raises TemplateVersion.DoesNotExist."""
    return CompiledVersion(TemplateVersion.objects.get(pk=version_id))


def workspace_context(workspace: Workspace) -> dict[str, Any]:
    return {
        "name": workspace.name,
        "postal_address": workspace.postal_address,
        "sender_name": workspace.sender_name or workspace.name,
        "country": workspace.country,
        "currency": workspace.currency,
    }


class Mailer:
    """Makes the messages of one send: what all of them share is done once."""

    def __init__(self, send: CampaignSend, workspace: Workspace) -> None:
        campaign = send.campaign
        self._version = compiled(send.template_version_id)
        self._sender = workspace.sender_email
        self._host = self._sender.rsplit("@", 1)[-1] or "localhost"
        self._skeleton = Skeleton(
            sender_name=workspace.sender_name or workspace.name,
            sender=self._sender,
            reply_to=workspace.reply_to,
            list_id=f"<{campaign.purpose.key}.{self._host}>",
            feedback_id=_feedback_id(campaign),
        )
        self._workspace = workspace_context(workspace)
        self._is_marketing = campaign.purpose.basis in MARKETING

    def message(self, delivery_id: uuid.UUID, recipient: Recipient, at: dt.datetime) -> Message:
        """Raises TemplateError when it cannot be rendered, also for values no header may hold."""
        leave = tokens.unsubscribe_url(delivery_id) if self._is_marketing else ""
        context = {
            "person": recipient.context(),
            "workspace": self._workspace,
            "unsubscribe_url": leave,
            "preferences_url": tokens.preferences_url(recipient.person_id),
            "rapport": _tracking(delivery_id, len(self._version.links)),
        }
        rendered = self._version.render(context)
        parts = Parts(
            _SPACE.sub(" ", recipient.name).strip()[:120],
            recipient.address,
            rendered.subject,
            rendered.html,
            rendered.text,
            f"{delivery_id}@{self._host}",
            Unsubscribe(leave) if leave else None,
        )
        try:
            payload = self._skeleton.build(parts, at)
        except HeaderInjection as error:
            raise TemplateError(str(error)) from error
        return Message(self._sender, recipient.address, payload)


def _tracking(delivery_id: uuid.UUID, links: int) -> dict[str, str]:
    found = {f"link_{at}": tokens.click_url(delivery_id, at) for at in range(links)}
    found["pixel"] = tokens.open_url(delivery_id)
    return found


def _feedback_id(campaign: Campaign) -> str:
    return f"{campaign.pk}:{campaign.purpose.key}:campaign:rapport"
