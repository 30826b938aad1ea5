"""Saved views of lists, and the audit line of an export."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.models import DefaultView, SavedView
from rapport.core.plain_text import plain
from rapport.core.services import audit


@transaction.atomic
def save_view(*, actor: Actor, list_name: str, name: str, query: str, audience: str) -> SavedView:
    """Keeps a list's state under a name; the actor's view of the same name is replaced.

    Raises ValidationError for a missing or too long name or query, and for an audience that is not the actor's.
    """
    name = plain(name)
    if not name or len(name) > 80:
        raise ValidationError(_("Give the view a name of at most 80 characters."))
    if len(query) > 2000 or not 0 < len(list_name) <= 64:
        raise ValidationError(_("This view has too many conditions to be saved."))
    view, _created = SavedView.objects.update_or_create(
        user_id=actor.id,
        list_name=list_name,
        name=name,
        defaults={"query": query, **_audience(actor, audience)},
    )
    audit.record(
        actor=actor,
        action="view.saved",
        object_type="saved_view",
        object_id=view.pk,
        data={"list": list_name, "name": name, "query": query, "audience": audience},
    )
    return view


def _audience(actor: Actor, key: str) -> dict[str, Any]:
    """The fields of a key of `queries.audiences`. Raises ValidationError."""
    kind, _sign, team = key.partition(":")
    if key in {"", "everybody"}:
        return {"shared": key == "everybody", "team_id": None}
    if kind == "team" and team.isdigit() and int(team) in actor.team_ids:
        return {"shared": False, "team_id": int(team)}
    raise ValidationError(_("Share it with a team that you belong to."))


@transaction.atomic
def choose_default(*, actor: Actor, view: SavedView, chosen: bool) -> None:
    """Has the list open with this view for the actor, or as it is."""
    DefaultView.objects.filter(user_id=actor.id, list_name=view.list_name).delete()
    if chosen:
        DefaultView.objects.create(user_id=int(actor.id), list_name=view.list_name, view=view)


@transaction.atomic
def rename_view(*, actor: Actor, view: SavedView, name: str) -> None:
    """Gives the actor's own view another name. Raises ValidationError when it is empty, too long or taken."""
    name = plain(name)
    if not name or len(name) > 80:
        raise ValidationError(_("Give the view a name of at most 80 characters."))
    others = SavedView.objects.filter(user_id=actor.id, list_name=view.list_name).exclude(pk=view.pk)
    if others.filter(name=name).exists():
        raise ValidationError(_("You have another view of this name on the same list."))
    SavedView.objects.filter(pk=view.pk, user_id=actor.id).update(name=name)
    audit.record(
        actor=actor,
        action="view.renamed",
        object_type="saved_view",
        object_id=view.pk,
        data={"from": view.name, "to": name},
    )


@transaction.atomic
def share_view(*, actor: Actor, view: SavedView, audience: str) -> None:
    """Shows the actor's own view to a team, to everybody, or to nobody else. Raises ValidationError."""
    SavedView.objects.filter(pk=view.pk, user_id=actor.id).update(**_audience(actor, audience))
    audit.record(
        actor=actor,
        action="view.shared",
        object_type="saved_view",
        object_id=view.pk,
        data={"audience": audience},
    )


@transaction.atomic
def delete_view(*, actor: Actor, view_id: int) -> SavedView:
    """Deletes the actor's own view and returns what it was. Raises Http404."""
    view = SavedView.objects.select_for_update().filter(pk=view_id, user_id=actor.id).first()
    if view is None:
        raise Http404
    audit.record(
        actor=actor,
        action="view.deleted",
        object_type="saved_view",
        object_id=view.pk,
        data={"list": view.list_name, "name": view.name},
    )
    view.delete()
    return view


@transaction.atomic
def note_export(*, actor: Actor, list_name: str, query: str) -> None:
    """Leaves the audit line of a list exported as CSV."""
    audit.record(
        actor=actor, action="list.exported", object_type="list", object_id=list_name, data={"query": query}
    )
