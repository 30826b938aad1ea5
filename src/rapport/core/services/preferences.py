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


def preference(actor: Actor, name: str, default: str = "") -> str:
    """What the actor last chose, such as the editor of mails."""
    kept = User.objects.filter(pk=actor.id).values_list("preferences", flat=True).first() or {}
    return str(kept.get(name, default))


@transaction.atomic
def prefer(*, actor: Actor, name: str, value: str) -> None:
    """Remembers a choice for the actor's own account, on whatever device they are."""
    user = User.objects.select_for_update().filter(pk=actor.id).first()
    if user is not None and user.preferences.get(name) != value:
        user.preferences = user.preferences | {name: value}
        user.save(update_fields=["preferences"])
