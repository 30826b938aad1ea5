"""A client of the REST API in every role."""

from __future__ import annotations

import json

import pytest

from rapport.core import access
from rapport.core.access import Actor
from rapport.core.services import keys


class Api:
    """Calls /api/v1 with the key of a role and answers with (status, JSON)."""

    def __init__(self, client, role):
        self.client = client
        _key, self.secret = keys.create(actor=access.system("test"), name=role, role=role)

    def __call__(self, method, path, body=None, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        headers.setdefault("Authorization", f"Bearer {self.secret}")
        answer = self.client.generic(
            method, f"/api/v1{path}", content, content_type="application/json", headers=headers
        )
        self.response = answer
        return answer.status_code, json.loads(answer.content) if answer.content else None


@pytest.fixture
def api_as(db, client):
    """`api_as("viewer")("GET", "/people")`"""
    return lambda role: Api(client, role)


@pytest.fixture
def api(api_as):
    return api_as("owner")


@pytest.fixture
def requested_permissions(monkeypatch):
    """The permissions that were asked for, in their order."""
    names: list[str] = []
    original = Actor.reach

    def reach(self, name):
        names.append(name)
        return original(self, name)

    monkeypatch.setattr(Actor, "reach", reach)
    return names
