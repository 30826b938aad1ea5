"""What higher apps add to the pages of templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class TemplateAction:
    """A button on a template's page that opens `url_name` with `?template=ID`."""

    name: str
    label: str | Promise
    icon: str
    url_name: str
    permission: str


_actions: dict[str, TemplateAction] = {}


def register_template_action(action: TemplateAction) -> None:
    _actions[action.name] = action


def template_actions() -> list[TemplateAction]:
    return list(_actions.values())
