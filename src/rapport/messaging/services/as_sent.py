"""A message as it was sent: rendered again from what was kept of the person, with the links it led to."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from rapport.content.services.links import safe_url
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import Rendered, compiled
from rapport.messaging.models import Delivery

# Addresses of ours that are an authority in themselves: whoever opens one acts as the person it was sent to.
_OWN = ("/confirm/", "/preferences/", "/e/")


def as_sent(delivery: Delivery) -> Rendered | None:
    """None when nothing went out, or when what it read was forgotten with the person."""
    if delivery.handed_over_at is None or delivery.person_id is None:
        return None
    context: dict[str, Any] = {
        "person": {},
        "workspace": {},
        **delivery.context,
        "data": _powerless(delivery.data),
    }
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


def _powerless(value: Any) -> Any:
    """Values of a message without the signed addresses in them: who reads it here is not who it was written to."""
    if isinstance(value, dict):
        return {name: _powerless(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_powerless(inner) for inner in value]
    signed = isinstance(value, str) and value.startswith(tuple(settings.PUBLIC_URL + path for path in _OWN))
    return "#" if signed else value
