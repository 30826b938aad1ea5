"""What is written into Medusa: names of customers. It has no notes of staff on orders that its API lets be written."""

from __future__ import annotations

from collections.abc import Mapping

from rapport.connectors.asking import Api
from rapport.connectors.medusa import client
from rapport.connectors.registry import Raw, Said, Writing
from rapport.connectors.telling import moment

NAMES = ("first_name", "last_name")


def fields_in(row: Raw) -> dict[str, Said]:
    at = moment(row.get("updated_at"))
    return {name: Said(row.get(name) or "", at) for name in NAMES}


def write(api: Api, row: Raw, fields: Mapping[str, Said]) -> Raw:
    api.post(f"/admin/customers/{row['id']}", {name: side.value for name, side in fields.items()})
    return client.single(api, str(row["id"]), "customers")


WRITING = Writing(fields_in, write, NAMES)
