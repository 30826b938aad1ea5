"""What is written into Tryton: names, addresses and categories of parties, and notes on sales."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from rapport.connectors import meanings
from rapport.connectors.asking import Api, Refused
from rapport.connectors.registry import Raw, Said, Writing
from rapport.connectors.tryton import client
from rapport.connectors.tryton.mapping import changed

PLACE = ("city", "postal_code")


def fields_in(row: Raw) -> dict[str, Said]:
    at, place = changed(row), next(iter(meanings.listed(row.get("addresses."))), {})
    tags = sorted(entry["name"] for entry in meanings.listed(row.get("categories.")))
    fields = {name: Said(place.get(name) or "", at) for name in PLACE}
    return {"name": Said(row.get("name") or "", at), **fields, "tags": Said(tags, at)}


def write(api: Api, row: Raw, fields: Mapping[str, Said]) -> Raw:
    erp, id = client.tryton(api), row["id"]
    party: Raw = {"name": fields["name"].value} if "name" in fields else {}
    place = {name: fields[name].value for name in PLACE if name in fields}
    there = next(iter(meanings.listed(row.get("addresses."))), None)
    if place and there:
        erp.model("party.address", "write", [there["id"]], place)
    elif place:
        party["addresses"] = [["create", [place]]]
    if tags := fields.get("tags"):
        party["categories"] = _categories(erp, row, set(tags.value))
    if party:
        erp.model("party.party", "write", [id], party)
    return client.single(api, str(id), "customers")


def _categories(erp: client.TrytonApi, row: Raw, wanted: set[str]) -> list[list[object]]:
    """What is to be added and taken away; a category that is missing is made."""
    present = {entry["name"]: entry["id"] for entry in meanings.listed(row.get("categories."))}
    steps: list[list[object]] = []
    if gone := sorted(present[name] for name in present.keys() - wanted):
        steps.append(["remove", gone])
    if new := sorted(wanted - present.keys()):
        rows = erp.model("party.category", "search_read", [["name", "in", new]], 0, None, None, ["name"])
        ids = {entry["name"]: entry["id"] for entry in rows}
        if missing := [name for name in new if name not in ids]:
            created = erp.model("party.category", "create", [{"name": name} for name in missing])
            ids |= dict(zip(missing, created, strict=True))
        steps.append(["add", sorted(ids[name] for name in new)])
    return steps


def note(api: Api, order: str, text: str) -> None:
    """A note that only staff see; the same one stands there once."""
    erp = client.tryton(api)
    sales = erp.model("sale.sale", "search", [["number", "=", order]], 0, 1, None)
    if not sales:
        raise Refused(_("There is no order %(number)s there.") % {"number": order})
    place = f"sale.sale,{sales[0]}"
    same = [["resource", "=", place], ["message", "=", text]]
    if not erp.model("ir.note", "search", same, 0, 1, None):
        erp.model("ir.note", "create", [{"resource": place, "message": text}])


WRITING = Writing(fields_in, write, ("name", *PLACE), tags=True, note=note)
