"""A user's own preferences. No audit line: nobody else's data or rights change."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from rapport.core.access import Actor
from rapport.core.models import User

THEMES = ("system", "light", "dark")


@transaction.atomic
def choose_theme(*, actor: Actor, theme: str) -> None:
    """Remembers the theme for the actor's own account; an unknown one means "system"."""
    _own(actor).update(theme=theme if theme in THEMES else "system")


def preference(actor: Actor, name: str, default: str = "") -> str:
    """What the actor last chose, such as the editor of mails."""
    kept = _own(actor).values_list("preferences", flat=True).first() or {}
    return str(kept.get(name, default))


@transaction.atomic
def prefer(*, actor: Actor, name: str, value: str) -> None:
    """Remembers a choice for the actor's own account, on whatever device they are."""
    user = _own(actor).select_for_update().first()
    if user is not None and user.preferences.get(name) != value:
        user.preferences = user.preferences | {name: value}
        user.save(update_fields=["preferences"])


def _own(actor: Actor) -> QuerySet[User]:
    """The user's own row; a program has no preferences, least of all those of the user whose number its key has."""
    return User.objects.filter(pk=(actor.user_id or 0) if actor.kind == "user" else 0)
