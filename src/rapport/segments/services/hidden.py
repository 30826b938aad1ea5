"""Event properties that are flagged as personal: who may not see them may not ask about them either.

A count of those whose card number begins with 4, or a trait made of the last one, would show what is masked elsewhere.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.events.queries import masking
from rapport.segments.language.problems import InvalidDefinition, Problem


def check(actor: Actor, definition: Any) -> None:
    """Raises InvalidDefinition naming the flagged properties, for an actor from whom they are hidden."""
    if names := masking.named_in(definition, masking.flags_for(actor)):
        message = _("This is flagged as personal data, which your role may not see: %(names)s.")
        raise InvalidDefinition([Problem("", message % {"names": ", ".join(names)})])
