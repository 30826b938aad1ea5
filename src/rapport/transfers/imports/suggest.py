"""What the columns of a file most likely mean: from their names, then from what stands in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rapport.people.normalise import normalise
from rapport.transfers.imports import registry, systems, values

_NAMES: dict[str, dict[str, str]] = {
    "email": {"to": "identifier", "type": "email"},
    "phone": {"to": "identifier", "type": "phone"},
    "user_id": {"to": "identifier", "type": "user_id"},
    "anonymous_id": {"to": "identifier", "type": "anonymous_id"},
    "company": {"to": "company", "part": "name"},
    "company_id": {"to": "company", "part": "id"},
    "first_seen": {"to": "first_seen"},
    "changed_at": {"to": "changed_at"},
    "tags": {"to": "tags"},
}
_WORDS = {
    "email": "email e_mail email_address e_mail_address mail mail_address email_1_value primary_email courriel",
    "phone": "phone phone_number telephone tel mobile mobile_phone cell phone_1_value telefon handy mobile_number",
    "user_id": "user_id userid customer_id customerid customer_number kundennummer customer_no external_id id "
    "client_id uid",
    "anonymous_id": "anonymous_id device_id visitor_id",
    "company": "company company_name organisation organization account_name account firma employer",
    "company_id": "company_id account_id group_id",
    "first_seen": "created created_at create_date created_date date_created signup_date member_since date_added "
    "first_seen first_seen_at registered_at registration_date",
    "changed_at": "updated updated_at last_modified last_modified_date modified_at date_modified last_changed revised",
    "tags": "tags tag labels categories",
}
_BY_WORD = {word: _NAMES[kind] for kind, words in _WORDS.items() for word in words.split()}
_TRAITS = {
    "firstname": "first_name", "first": "first_name", "given_name": "first_name", "vorname": "first_name",
    "lastname": "last_name", "last": "last_name",
    "surname": "last_name", "family_name": "last_name", "nachname": "last_name",
    "full_name": "name", "fullname": "name", "birthday": "birthday", "date_of_birth": "birthday", "dob": "birthday",
    "zip": "postcode", "zip_code": "postcode", "postal_code": "postcode", "plz": "postcode", "town": "city",
    "street_address": "street", "address_1": "street", "state_region": "region", "state": "region",
    "job_title": "title",
}  # fmt: skip


def plain(header: str) -> str:
    """`E-Mail Address*` as `e_mail_address`."""
    return re.sub(r"[^\w]+", "_", header.strip().lower()).strip("_")


def mapping(
    headers: Sequence[str], samples: Sequence[Sequence[Any]], region: str = "GB"
) -> tuple[dict[str, Any], str]:
    """(a mapping to start from, the system whose export this is or ""). `samples` are rows of cells."""
    columns_of = [
        [str(row[index]) for row in samples if row[index] not in ("", None)] for index in range(len(headers))
    ]
    system = systems.recognised(headers)
    ready = systems.columns(system, headers) if system else {}
    columns: list[dict[str, Any]] = []
    orders: set[str] = set()
    for index, header in enumerate(headers):
        column = dict(ready.get(header) or _column(header, columns_of[index], region))
        if column.get("type") == "date" or column["to"] in {"first_seen", "changed_at"}:
            orders.add(values.ambiguous_dates(columns_of[index]))
        columns.append(_once(column, columns))
    document = {
        "columns": columns,
        "fixed": systems.fixed(system, headers) if system else [],
        "region": region,
        "dates": _order(orders),
        "policy": "overwrite",
        "ambiguous": "reject",
    }
    return document, system.name if system else ""


def _order(orders: set[str]) -> str:
    """Day or month first, by whichever column decides it; "ask" when none does."""
    return next((order for order in ("mdy", "dmy", "ask") if order in orders), "auto")


def _once(column: dict[str, Any], before: list[dict[str, Any]]) -> dict[str, Any]:
    """A second column of a meaning that only one can have becomes a trait of its own name, or is left out."""
    single = column["to"] in {"first_seen", "changed_at"}
    return {"to": "ignore"} if single and column in before else column


def _column(header: str, samples: list[str], region: str) -> dict[str, Any]:
    if own := _own(header):
        return own
    for kind in registry.IMPORT_COLUMNS:
        if part := kind.suggest(header, samples):
            return {"to": kind.name, "part": part}
    word = plain(header)
    if word in {"import_row", "import_reason", "import_what_to_do"}:
        return {"to": "ignore"}
    if column := _BY_WORD.get(word):
        return dict(column) if _fits(column, samples, region) else _trait(word, samples, region)
    if samples and _share(samples, lambda cell: normalise("email", cell) is not None) > 0.9:
        return {"to": "identifier", "type": "email"}
    return _trait(word, samples, region)


_OWN = re.compile(r"trait\.(.{1,100}?)(?: \((\w+)\))?")
_LEFT = {"person_id", "full_name", "last_seen_at"}


def _own(header: str) -> dict[str, Any] | None:
    """Columns as an export of ours names them: trait.age (number)."""
    if header.strip() in _LEFT:
        return {"to": "ignore"}
    match = _OWN.fullmatch(header.strip())
    kind = (match.group(2) or "text") if match else ""
    return (
        {"to": "trait", "key": match.group(1), "type": kind} if match and kind in values.TRAIT_TYPES else None
    )


def _fits(column: dict[str, str], samples: list[str], region: str) -> bool:
    """Whether what stands in the column can be what its name says."""
    if column["to"] == "identifier" and samples:
        return _share(samples, lambda cell: normalise(column["type"], cell, region) is not None) >= 0.5
    if column["to"] in {"first_seen", "changed_at"} and samples:
        return _share(samples, _dated) >= 0.5
    return True


def _trait(word: str, samples: list[str], region: str) -> dict[str, Any]:
    key = _TRAITS.get(word, word)[:100] or "column"
    return {"to": "trait", "key": key, "type": _type(key, samples, region)}


def _type(key: str, samples: list[str], region: str) -> str:
    if not samples or key in {"postcode", "street", "name", "id"} or key.endswith("_id"):
        return "text"
    if all(cell.strip().lower() in {"true", "false", "yes", "no"} for cell in samples):
        return "boolean"
    if _share(samples, lambda cell: bool(re.fullmatch(r"-?(0|[1-9]\d{0,14})([.,]\d+)?", cell.strip()))) == 1:
        return "number"
    if values.ambiguous_dates(samples) or _share(samples, _dated) > 0.9:
        return "date"
    looks = _share(
        samples,
        lambda cell: cell.strip().startswith(("+", "0")) and normalise("phone", cell, region) is not None,
    )
    return "phone" if looks > 0.9 else "text"


def _dated(cell: str) -> bool:
    try:
        values.moment(cell, "dmy")
    except ValueError:
        try:
            values.moment(cell, "mdy")
        except ValueError:
            return False
    return not cell.strip().isdigit()


def _share(samples: list[str], test: Any) -> float:
    return sum(bool(test(cell)) for cell in samples) / len(samples)
