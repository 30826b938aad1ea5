"""The form that a message to one person is written in: its channel decides which fields it has."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.channels.protocol import Attachment
from rapport.channels.registry import ChannelKind
from rapport.content import queries as content
from rapport.content.models import Template
from rapport.core.access import Actor
from rapport.messaging.models import Delivery, InboundMessage
from rapport.messaging.queries import thread
from rapport.messaging.queries.thread import Target
from rapport.messaging.services import answers, gate, gate_inputs
from rapport.messaging.services.answers import Written
from rapport.messaging.services.conversation import Line
from rapport.messaging.services.marketing_rules import Verdict
from rapport.people import queries as people
from rapport.people.models import Person


@dataclass(frozen=True, slots=True)
class Input:
    """One field as the form shows it."""

    key: str
    label: Any
    kind: str
    value: str
    limit: int
    choices: Sequence[tuple[str, Any]] = ()
    problems: Sequence[str] = field(default_factory=tuple)
    required: bool = False


class Composer:
    """What is being written to `person`, from what the browser sent (or the address of the page says)."""

    def __init__(self, actor: Actor, person: Person, values: Mapping[str, str], *, now: dt.datetime) -> None:
        self.actor, self.person, self._values, self._now = actor, person, values, now
        self.problems: dict[str, list[str]] = {}
        self._family = people.family(person.pk)
        self._newest = thread.newest_id(self._family)
        self.seen = values.get("seen") or self._newest

    @cached_property
    def channels(self) -> list[tuple[ChannelKind, str]]:
        """Those that reach the person now, with that of the answered message first."""
        reachable = thread.reachable(self.person)
        if self.message is not None and self.message.channel not in {
            kind.key for kind, _address in reachable
        }:
            target = thread.answer_target(self.actor, self.person, self.message.channel, self.message)
            if target is not None and target.kind.answering is not None:
                reachable.insert(0, (target.kind, target.shown_address))
        return reachable

    @cached_property
    def message(self) -> InboundMessage | Delivery | None:
        """What is answered: what was chosen, or else what the person wrote last."""
        if not (name := self._values.get("to", "")):
            return thread.last_inbound(self._family)
        try:
            row = thread.message_for(self.actor, uuid.UUID(name))
        except (ValueError, Http404):
            return None
        return row if row.person_id in self._family else None

    @cached_property
    def channel(self) -> str:
        keys = [kind.key for kind, _address in self.channels]
        wanted = self._values.get("channel", "") or (self.message.channel if self.message else "")
        return wanted if wanted in keys else next(iter(keys), "")

    @cached_property
    def target(self) -> Target | None:
        return thread.answer_target(self.actor, self.person, self.channel, self.message)

    @cached_property
    def is_late(self) -> bool:
        """Whether free text may no longer be sent."""
        return self.target is not None and not self.target.window_open(self._now)

    @property
    def needs_template(self) -> bool:
        answering = self.target.kind.answering if self.target else None
        return self.is_late and answering is not None and not answering.late

    @cached_property
    def templates(self) -> list[Template]:
        """Those that were written for the channel, which may be sent instead of words of one's own."""
        if self.target is None or self.target.kind.window is None or not self.actor.may("templates.view"):
            return []
        return list(content.templates(self.actor).filter(channel=self.channel)[:100])

    @property
    def template(self) -> str:
        return self._values.get("template", "")

    @property
    def quotes(self) -> bool:
        return "quotes" in self._values if "seen" in self._values else True

    @property
    def inputs(self) -> list[Input]:
        """The fields of the channel for what people write by hand, the text last."""
        if self.target is None or (answering := self.target.kind.answering) is None:
            return []
        late = answering.late if self.is_late else ()
        by_key = {entry.key: entry for entry in self.target.kind.fields}
        inputs = [
            Input(
                key,
                by_key[key].label,
                by_key[key].kind,
                self._value(key),
                by_key[key].limit,
                by_key[key].choices,
                self.problems.get(key, ()),
                by_key[key].required,
            )
            for key in (*late, *answering.more)
        ]
        if answering.has_subject:
            subject = self._value("subject") if "subject" in self._values else self.target.subject
            inputs.insert(0, Input("subject", _("Subject"), "line", subject, answers.MAX_SUBJECT))
        limit = by_key[answering.text].limit if answering.text in by_key else answers.MAX_TEXT
        problems = self.problems.get(answering.text, ())
        return [
            *inputs,
            Input(answering.text, _("Message"), "text", self._value(answering.text), limit, (), problems),
        ]

    @cached_property
    def verdict(self) -> Verdict:
        """What the gate would say now; a personal answer is no marketing."""
        if self.target is None:
            return Verdict("no_address")
        fact, policy = gate_inputs.input_for(
            person_id=self.person.pk,
            channel=self.channel,
            purpose=answers.answers_purpose(looking=True),
            now=self._now,
            address=self.target.address,
        )
        return gate.decide(fact, policy, self._now)

    @property
    def reason(self) -> str:
        return str(gate.REASONS.get(self.verdict.reason, self.verdict.reason))

    @property
    def has_moved_on(self) -> bool:
        """Whether something was written in the conversation since the form was drawn."""
        return self.seen != self._newest

    @property
    def general_problems(self) -> list[str]:
        """Those of no field."""
        return self.problems.get("", [])

    def see(self) -> None:
        """From here on the form knows what was written meanwhile."""
        self.seen = self._newest

    def taken_back(self, newest: Line | None) -> Composer | None:
        """The form with the text of an answer that this actor has just taken back."""
        row = newest.entry.delivery if newest is not None and newest.is_personal else None
        if row is None or row.reason != "cancelled" or newest is None or newest.author != self.actor.label:
            return None
        answer = row.answer
        to = answer.inbound_id or answer.earlier_id
        values = {
            "channel": row.channel,
            "to": str(to or ""),
            **{key: str(text) for key, text in row.data.items()},
        }
        values["seen"] = self._newest
        if row.data.get("quote_text"):
            values["quotes"] = "on"
        return Composer(self.actor, self.person, values, now=self._now)

    def written(self, files: Sequence[Attachment], send_at: dt.datetime) -> Written:
        """What is to be sent; the same in two tabs or clicks is the same message."""
        assert self.target is not None
        fields = {entry.key: self._value(entry.key) for entry in self.inputs} if not self.template else {}
        written = Written(
            {key: text for key, text in fields.items() if text},
            template=self.template,
            files=files,
            quotes=self.quotes
            and bool(self.target.kind.answering and self.target.kind.answering.has_subject),
            send_at=send_at,
        )
        key = answers.same_key(self.actor, self.target, written, self.seen)
        return Written(written.fields, written.template, {}, files, written.quotes, send_at=send_at, key=key)

    def add_problems(self, error: ValidationError) -> None:
        """Puts what the service refused beside the fields it is about."""
        problems = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        shown = {entry.key for entry in self.inputs} | {"files", "template"}
        for name, messages in problems.items():
            self.problems.setdefault(name if name in shown else "", []).extend(messages)

    def _value(self, key: str) -> str:
        return str(self._values.get(key, "")).replace("\r\n", "\n")
