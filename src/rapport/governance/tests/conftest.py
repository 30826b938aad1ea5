from __future__ import annotations

import json
import uuid

import pytest
from django.utils import timezone

from rapport.core import access
from rapport.core.services import keys
from rapport.people.models import Identifier, Person


@pytest.fixture
def api(client, db):
    """Calls /api/v1 with an owner's key: (status, answer)."""
    _key, secret = keys.create(actor=access.system("test"), name="owner", role="owner")

    def call(method, path, body=None):
        content = json.dumps(body).encode() if body is not None else b""
        headers = {"Authorization": f"Bearer {secret}"}
        answer = client.generic(
            method, f"/api/v1{path}", content, content_type="application/json", headers=headers
        )
        return answer.status_code, json.loads(answer.content) if answer.content else None

    return call


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
