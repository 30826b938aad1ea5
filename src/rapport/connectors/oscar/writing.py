"""What is written into django-oscar: the names of users, where the shop's API gives them."""

from __future__ import annotations

from collections.abc import Mapping

from rapport.connectors.asking import Api
from rapport.connectors.oscar import client
from rapport.connectors.registry import Raw, Said, Writing

NAMES = ("first_name", "last_name")


def fields_in(row: Raw) -> dict[str, Said]:
    return {name: Said(row[name] or "") for name in NAMES if name in row}


def write(api: Api, row: Raw, fields: Mapping[str, Said]) -> Raw:
    api.patch(f"/admin/users/{row['id']}/", {name: content.value for name, content in fields.items()})
    return client.single(api, str(row["id"]), "users")


WRITING = Writing(fields_in, write, NAMES)
