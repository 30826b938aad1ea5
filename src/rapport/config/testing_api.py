"""The fixtures `api` and `api_as`: a client of the REST API, as an owner and in every role."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest


class Api:
    """Calls /api/v1 with the key of a role and answers with (status, JSON)."""

    def __init__(self, client: Any, role: str) -> None:
        from rapport.core import access
        from rapport.core.services import keys

        self.client = client
        _key, self.secret = keys.create(actor=access.system("test"), name=role, role=role)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        headers.setdefault("Authorization", f"Bearer {self.secret}")
        answer = self.client.generic(
            method.upper(), f"/api/v1{path}", content, content_type="application/json", headers=headers
        )
        self.response = answer
        return answer.status_code, json.loads(answer.content) if answer.content else None


@pytest.fixture
def api_as(db: None, client: Any) -> Callable[[str], Api]:
    """`api_as("viewer")("GET", "/people")`"""
    return lambda role: Api(client, role)


@pytest.fixture
def api(api_as: Callable[[str], Api]) -> Api:
    """With the key of an owner."""
    return api_as("owner")
