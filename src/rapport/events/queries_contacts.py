"""Reads of what was written down by hand."""

from __future__ import annotations

import uuid

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import Http404

from rapport.core.access import Actor
from rapport.events.models import ContactVersion, LoggedContact
from rapport.people.queries import family, person_for


def contacts(actor: Actor, person_id: uuid.UUID) -> QuerySet[ContactVersion]:
    """The newest version of each contact with a person and those merged into him. Raises Http404."""
    person = person_for(actor, person_id)
    newest = (
        ContactVersion.objects.filter(contact=OuterRef("contact")).order_by("-number").values("number")[:1]
    )
    return (
        ContactVersion.objects.filter(contact__person_id__in=family(person.pk), removed=False)
        .annotate(newest=Subquery(newest))
        .filter(number=F("newest"))
        .select_related("contact", "company")
        .order_by("-at", "-id")
    )


def contact_for(actor: Actor, person_id: uuid.UUID, contact_id: uuid.UUID) -> LoggedContact:
    """Raises Http404."""
    person = person_for(actor, person_id)
    found = LoggedContact.objects.filter(pk=contact_id, person_id__in=family(person.pk)).first()
    if found is None:
        raise Http404
    return found


def history(contact: LoggedContact) -> list[ContactVersion]:
    """Everything that was said of it, newest first."""
    return list(contact.versions.select_related("company", "contact").order_by("-number"))
