"""Reads of letters, as far as the actor may see the persons they go to, and of print files."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.channels.post.models import Mailpiece, PrintFile
from rapport.core.access import Actor
from rapport.core.models.owned import covered


def letters(actor: Actor) -> QuerySet[Mailpiece]:
    """The letters to persons within the actor's reach. Raises Http404."""
    if not actor.may("letters.view"):
        raise Http404
    return covered(Mailpiece.objects.select_related("person", "print_file"), actor, "letters.view")


def mailpiece_for(actor: Actor, mailpiece_id: int) -> Mailpiece:
    """Raises Http404."""
    return get_object_or_404(letters(actor), pk=mailpiece_id)


def print_files(actor: Actor) -> QuerySet[PrintFile]:
    """All print files, the newest first; they hold everybody's letters. Raises Http404."""
    if not actor.may("letters.print"):
        raise Http404
    return PrintFile.objects.select_related("job").order_by("-pk")


def print_file_for(actor: Actor, file_id: int, *, lock: bool = False) -> PrintFile:
    """Raises Http404."""
    rows = print_files(actor)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=file_id)


def waiting() -> QuerySet[Mailpiece]:
    """The letters of the next print file, in order."""
    return Mailpiece.objects.filter(state=Mailpiece.State.WAITING).order_by("pk")
