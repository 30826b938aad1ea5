"""A message as it was sent: rendered again from what was kept of the person, with the links it led to."""

from __future__ import annotations

from typing import Any

from rapport.content.services.links import safe_url
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import Rendered, compiled
from rapport.messaging.models import Delivery


def as_sent(delivery: Delivery) -> Rendered | None:
    """None when nothing went out, or when what it read was forgotten with the person."""
    if delivery.handed_over_at is None or delivery.person_id is None:
        return None
    context: dict[str, Any] = {"person": {}, "workspace": {}, **delivery.context, "data": delivery.data}
    context |= {"unsubscribe_url": "#", "preferences_url": "#"}
    try:
        version = compiled(delivery.send.template_version_id)
        context["rapport"] = {
            **{f"link_{place}": safe_url(Program(url).render(context)) for place, url in version.urls},
            "pixel": "",
        }
        return version.render(context)
    except TemplateError:
        return None
