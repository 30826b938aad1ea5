"""Makes the messages of one send, one per recipient."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rapport.channels.protocol import Content, Message, Unfit
from rapport.channels.queries import sender
from rapport.channels.registry import CHANNELS
from rapport.channels.services.connections import Connected
from rapport.content.registry import Addressee
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.personal_names import plain
from rapport.content.services.rendering import Recipient, compiled, workspace_context
from rapport.core.models import Workspace
from rapport.governance.queries import chosen_languages
from rapport.messaging import queries
from rapport.messaging.models import Send
from rapport.messaging.services import answers, calls, files, tokens


class Mailer:
    """Makes the messages of one send: what all of them share is done once."""

    def __init__(self, send: Send, workspace: Workspace, connection: Connected) -> None:
        purpose = send.purpose
        self._version = compiled(send.template_version_id)
        self._is_marketing = purpose.is_marketing
        identity = sender(
            marketing=purpose.is_marketing,
            stream=purpose.key,
            feedback_id=f"{send.origin_id}:{purpose.key}:{send.origin}:rapport",
            is_personal=send.origin == answers.ORIGIN,
        )
        if send.sender_name:
            identity = replace(identity, name=send.sender_name)
        self._leave_by_mail = (
            queries.unsubscribe_address() if self._is_marketing and not CHANNELS[send.channel].fields else ""
        )
        self._has_files = send.origin in {answers.ORIGIN, calls.ORIGIN} and files.any_of(send)
        self._is_personal = identity.is_personal
        self._channel = send.channel
        self._compose = connection.composer(identity)
        self._workspace = workspace_context(workspace, identity.name)
        self._languages: Mapping[uuid.UUID, str] = {}
        self._foreseen: dict[uuid.UUID, dict[str, Mapping[str, str]] | Exception] = {}

    def message(
        self, delivery_id: uuid.UUID, recipient: Recipient, at: dt.datetime, data: Mapping[str, Any]
    ) -> tuple[Message, dict[str, Any]]:
        """The message, and what it reads of the person. `data` are the values that the call or the event gave.

        Raises TemplateError when it cannot be rendered, also for values no header may hold.
        """
        leave = tokens.unsubscribe_url(delivery_id) if self._is_marketing else ""
        context = {
            "person": recipient.context(),
            "data": dict(data),
            "language": self._languages.get(recipient.person_id) or recipient.language,
            "workspace": self._workspace,
            # Not "", which Liquid takes for true.
            "unsubscribe_url": leave or None,
            "preferences_url": tokens.preferences_url(recipient.person_id, at),
            "rapport": _tracking(delivery_id, self._version.links, hidden=self._is_marketing),
            **self._said(delivery_id, Addressee(recipient.person_id, data)),
        }
        rendered = self._version.render(context)
        answered = answers.answered(delivery_id) if self._is_personal else None
        content = Content(
            reference=str(delivery_id),
            name=plain(recipient.name),
            address=recipient.address,
            subject=rendered.subject,
            html=rendered.html, text=rendered.text, at=at,
            unsubscribe_url=leave,
            unsubscribe_mail=tokens.unsubscribe_mail(self._leave_by_mail, leave),
            fields=rendered.fields,
            window_open=self._window_open(recipient.address, at),
            person_id=recipient.person_id,
            answered=answered,
            attachments=files.attached(delivery_id) if self._has_files else (),
        )  # fmt: skip
        try:
            return self._compose(content), self._version.printed(context)
        except Unfit as error:
            raise TemplateError(str(error)) from error

    def foresee(self, addressees: Mapping[uuid.UUID, Addressee]) -> None:
        """What other apps say in these deliveries and which languages were chosen, for all of them at once."""
        if self._version.is_translated:
            self._languages = chosen_languages(addressee.person_id for addressee in addressees.values())
        self._foreseen = dict(
            zip(addressees, self._version.variables(list(addressees.values())), strict=True)
        )

    def _said(self, delivery_id: uuid.UUID, addressee: Addressee) -> dict[str, Mapping[str, str]]:
        """Raises TemplateError."""
        given = self._foreseen.pop(delivery_id, None)
        if given is None:
            (given,) = self._version.variables([addressee])
        if isinstance(given, Exception):
            raise given
        return given

    def _window_open(self, address: str, at: dt.datetime) -> bool:
        """Whether the person has written to us as lately as the channel asks for."""
        window = CHANNELS[self._channel].window
        return window is None or queries.has_written(self._channel, address, since=at - window)


def _tracking(delivery_id: uuid.UUID, links: int, *, hidden: bool) -> dict[str, str | None]:
    addresses: dict[str, str | None] = {
        f"link_{at}": tokens.click_url(delivery_id, at) for at in range(links)
    }
    # Not "", which Liquid takes for true.
    trap = tokens.trap_url(delivery_id) if hidden and links else None
    return addresses | {"pixel": tokens.open_url(delivery_id), "trap": trap}
