"""What higher apps add to the pages of templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport.core.registration import Registry

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


TEMPLATE_ACTIONS: Registry[TemplateAction] = Registry("action of templates")
