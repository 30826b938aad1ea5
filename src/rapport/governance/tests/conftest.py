from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from rapport.people.models import Identifier, Person


@pytest.fixture
def person(db):
    """Makes a person with these traits; an e-mail trait is an identifier too."""

    def make(**traits):
        now = timezone.now()
        row = Person.objects.create(
            id=uuid.uuid4(), first_seen_at=now, last_seen_at=now, traits=traits, email=traits.get("email", "")
        )
        if email := traits.get("email"):
            Identifier.objects.create(person=row, type="email", value=email, first_seen_at=now)
        return row

    return make
