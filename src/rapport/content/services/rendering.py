"""The content for one person, from a template version compiled once."""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapport.channels.registry import CHANNELS, ChannelKind
from rapport.content.models import TemplateVersion
from rapport.content.registry import LIQUID_VARIABLES, Addressee
from rapport.content.services.json_liquid import field_program
from rapport.content.services.liquid import ALL, Program
from rapport.content.services.personal_names import plain, plain_names
from rapport.core import languages
from rapport.core.models import Workspace

KEPT = ("person", "workspace")
HIDDEN = "••••"
_SPACE = re.compile(r"[\s\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for. `traits` is the person's own data as it is now."""

    person_id: uuid.UUID
    name: str
    address: str
    traits: dict[str, Any]
    chosen_language: str = ""

    @property
    def language(self) -> str:
        """What the person chose, or else what their traits say."""
        return languages.normal(
            self.chosen_language or self.traits.get("language") or self.traits.get("locale")
        )

    def context(self) -> dict[str, Any]:
        """`person` as templates see it: every trait by name, and id, name, email, first_name, traits.

        Names are plain text, because whoever may send an event may state one.
        """
        traits, name = plain_names(self.traits), plain(self.name)
        given = traits.get("first_name") or traits.get("firstName") or name.split(" ", 1)[0]
        return {
            **traits,
            "traits": traits,
            "id": str(self.person_id),
            "name": name,
            "email": self.address,
            "first_name": given,
        }


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    html: str
    text: str
    fields: Mapping[str, str] = field(default_factory=dict)


class Wording:
    """The parsed parts of a message in one language."""

    def __init__(
        self, kind: ChannelKind | None, subject: str, html: str, plain: str, compiled: Mapping[str, str]
    ) -> None:
        self.subject, self.html, self.text = Program(subject), Program(html, html=True), Program(plain)
        self.fields = {
            name: field_program(kind, name, source) for name, source in compiled.items() if kind is not None
        }

    @property
    def programs(self) -> list[Any]:
        return [self.subject, self.html, self.text, *self.fields.values()]


class CompiledVersion:
    """The parsed parts of a template version, in each of its languages."""

    def __init__(self, version: TemplateVersion) -> None:
        kind = CHANNELS.get(version.template.channel)
        own = Wording(kind, version.line or version.subject, version.html, version.plain, version.compiled)
        self._own, self._wordings = own, {version.language: own}
        for language, compiled in version.translated.items():
            self._wordings[language] = Wording(kind, **compiled)
        self.urls = list(version.links.order_by("position").values_list("position", "url"))
        self.links = len(self.urls)
        programs = [program for wording in self._wordings.values() for program in wording.programs]
        names = {pair for program in programs for pair in program.names}
        links = {pair for _, url in self.urls for pair in Program(url).names}
        others = {pair for pair in names | links if pair[0] in LIQUID_VARIABLES and pair[1] != ALL}
        self._read = {
            name: sorted(key for given, key in others if given == name)
            for name in {pair[0] for pair in others}
        }
        self._names = {pair for pair in names if pair[0] in KEPT} | others
        # Whether it matters which language somebody speaks.
        self.is_translated = len(self._wordings) > 1 or ("language", ALL) in names

    def variables(self, addressees: Sequence[Addressee]) -> list[dict[str, Mapping[str, Any]] | Exception]:
        """What other apps say in each of these messages, as far as they read it; or why one cannot go."""
        answers: list[dict[str, Mapping[str, Any]] | Exception] = [{} for _ in addressees]
        for name, keys in self._read.items():
            for at, given in enumerate(LIQUID_VARIABLES[name].values(addressees, keys)):
                so_far = answers[at]
                if isinstance(so_far, dict):
                    answers[at] = given if isinstance(given, Exception) else so_far | {name: given}
        return answers

    def printed(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Of the person and the business, what the message reads: with it it can be rendered again as it was."""
        kept: dict[str, Any] = {}
        for name, key in self._names:
            values = context[name]
            chosen = values if key == ALL else {key: values[key]} if key in values else {}
            if name in LIQUID_VARIABLES and key in LIQUID_VARIABLES[name].hidden:
                chosen = dict.fromkeys(chosen, HIDDEN)
            kept.setdefault(name, {}).update(chosen)
        if self.is_translated:
            kept["language"] = context.get("language", "")
        return kept

    def render(self, context: dict[str, Any]) -> Rendered:
        """In the `language` of the context, the nearest there is, or the template's own. Raises TemplateError."""
        wording = self._wordings.get(languages.best(context.get("language"), self._wordings), self._own)
        subject = _SPACE.sub(" ", wording.subject.render(context)).strip()[:500]
        fields = {name: program.render(context) for name, program in wording.fields.items()}
        return Rendered(subject, wording.html.render(context), wording.text.render(context), fields)


@functools.lru_cache(maxsize=64)
def compiled(version_id: int) -> CompiledVersion:
    """Kept by id, because versions never change. Raises TemplateVersion.DoesNotExist."""
    return CompiledVersion(TemplateVersion.objects.select_related("template").get(pk=version_id))


def workspace_context(workspace: Workspace, sender_name: str) -> dict[str, Any]:
    return {
        "name": workspace.name,
        "postal_address": workspace.postal_address,
        "sender_name": sender_name,
        "country": workspace.country,
        "currency": workspace.currency,
    }
