"""The members of a segment as a scope of exports."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from rapport.core.access import Actor
from rapport.people.models import Person
from rapport.people.queries import people
from rapport.segments import queries
from rapport.segments.models import Membership


def people_in_segment(actor: Actor, key: str) -> QuerySet[Person]:
    """Who is in the segment now. Raises Http404."""
    segment = queries.segment_for(actor, key)
    return people(actor).filter(Exists(Membership.objects.filter(segment=segment, person_id=OuterRef("pk"))))
