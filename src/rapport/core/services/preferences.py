"""A user's own preferences. No audit line: nobody else's data or rights change."""

from __future__ import annotations

from django.db import transaction

from rapport.core.access import Actor
from rapport.core.models import User

THEMES = ("system", "light", "dark")


@transaction.atomic
def choose_theme(*, actor: Actor, theme: str) -> None:
    """Remembers the theme for the actor's own account; an unknown one means "system"."""
    User.objects.filter(pk=actor.id).update(theme=theme if theme in THEMES else "system")
