"""Saved views of lists, and the audit line of an export."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.models import SavedView
from rapport.core.services import audit


@transaction.atomic
def save_view(*, actor: Actor, list_name: str, name: str, query: str, shared: bool) -> SavedView:
    """Keeps a list's state under a name; the actor's view of the same name is replaced.

    Raises ValidationError for a missing or too long name or query.
    """
    name = name.strip()
    if not name or len(name) > 80:
        raise ValidationError(_("Give the view a name of at most 80 characters."))
    if len(query) > 2000 or not 0 < len(list_name) <= 64:
        raise ValidationError(_("This view has too many conditions to be saved."))
    view, _created = SavedView.objects.update_or_create(
        user_id=actor.id, list_name=list_name, name=name, defaults={"query": query, "shared": shared}
    )
    audit.record(
        actor=actor,
        action="view.saved",
        object_type="saved_view",
        object_id=view.pk,
        data={"list": list_name, "name": name, "query": query, "shared": shared},
    )
    return view


@transaction.atomic
def rename_view(*, actor: Actor, view: SavedView, name: str) -> None:
    """Gives the actor's own view another name. Raises ValidationError when it is empty, too long or taken."""
    name = name.strip()
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
def share_views(*, actor: Actor, views: QuerySet[SavedView], shared: bool) -> int:
    """Shows the actor's own views to everybody, or to nobody else. Returns how many changed."""
    chosen = list(
        views.filter(user_id=actor.id).exclude(shared=shared).order_by("pk").values_list("pk", flat=True)
    )
    SavedView.objects.filter(pk__in=chosen).update(shared=shared)
    for pk in chosen:
        audit.record(
            actor=actor,
            action="view.shared" if shared else "view.unshared",
            object_type="saved_view",
            object_id=pk,
        )
    return len(chosen)


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
