"""A draft tried on some of those it is for: for whom it cannot be made, and which values they lack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rapport.channels.queries import sender
from rapport.channels.registry import ChannelKind, channel_kind
from rapport.content.models import Template, Written
from rapport.content.services import liquid, templates
from rapport.content.services.compiler import Compiled
from rapport.content.services.json_liquid import field_program
from rapport.content.services.links import safe_url
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.previews import ways_out
from rapport.content.services.rendering import Recipient, workspace_context
from rapport.core import languages
from rapport.core.queries import workspace

EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(slots=True)
class Trial:
    """`failures` counts recipients by what went wrong, `missing` by the name of a value that they lack."""

    tried: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        return self.failures.total()


def try_on(template: Template, recipients: Sequence[Recipient]) -> Trial:
    """Renders the draft for each. Raises TemplateError where it can be made for nobody at all."""
    own, translated = templates.compile_all(template)
    kind = channel_kind(template.channel)
    programs = {
        language: _programs(kind, template.written(language), compiled)
        for language, compiled in {template.language: own, **translated}.items()
    }
    links = [Program(url) for url in [own, *translated.values()][-1].links]
    business = workspace_context(workspace(), sender(marketing=True).name)
    trial = Trial()
    for recipient in recipients:
        values = {name: value for name, value in recipient.context().items() if value not in EMPTY}
        context: dict[str, Any] = {"person": values, "workspace": business, **ways_out()}
        trial.tried += 1
        try:
            spoken = languages.best(recipient.language, programs) or template.language
            lacking = _missing(programs[spoken], links, context)
        except TemplateError as error:
            trial.failures[str(error)] += 1
        else:
            trial.missing.update(lacking)
    return trial


def _programs(kind: ChannelKind, written: Written, compiled: Compiled) -> list[Any]:
    return [
        Program(written.subject),
        Program(written.preheader),
        Program(compiled.html, html=True),
        Program(compiled.plain),
        *(field_program(kind, name, source) for name, source in compiled.fields.items()),
    ]


def _missing(programs: Sequence[Any], links: Sequence[Program], context: dict[str, Any]) -> set[str]:
    urls = {f"link_{at}": safe_url(url.render(context)) for at, url in enumerate(links)}
    context["rapport"] = {**urls, "pixel": ""}
    return {
        name for program in programs for name in liquid.noting_missing(partial(program.render, context))[1]
    }
