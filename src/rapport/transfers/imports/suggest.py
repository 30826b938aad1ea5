"""What the columns of a file most likely mean: from their names, then from what stands in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rapport.people.normalise import normalise
from rapport.people.services import policy as policies
from rapport.people.values.schema import PERSON
from rapport.people.values.types import FALSE_WORDS, TRUE_WORDS, TraitType
from rapport.transfers.imports import addresses, dates, numbers, registry, systems, values

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
    "email": "email e_mail email_address e_mail_address mail mail_address email_1_value e_mail_1_value "
    "e_mail_2_value e_mail_2_address e_mail_3_address primary_email courriel",
    "phone": "phone phone_number telephone tel mobile mobile_phone cell phone_1_value phone_2_value "
    "business_phone home_phone primary_phone telefon handy mobile_number",
    "user_id": "user_id userid customer_id customerid customer_number kundennummer kundennr kunden_nr customer_no "
    "external_id id client_id uid",
    "anonymous_id": "anonymous_id device_id visitor_id",
    "company": "company company_name organisation organization account_name organization_name "
    "organisation_name account firma employer",
    "company_id": "company_id account_id group_id",
    "first_seen": "created created_at create_date created_date date_created signup_date member_since date_added "
    "first_seen first_seen_at registered_at registration_date",
    "changed_at": "updated updated_at last_modified last_modified_date modified_at date_modified last_changed revised",
    "tags": "tags tag labels categories group_membership",
}
_BY_WORD = {word: _NAMES[kind] for kind, words in _WORDS.items() for word in words.split()}
_TRAITS = {
    "firstname": "first_name", "first": "first_name", "given_name": "first_name", "vorname": "first_name",
    "lastname": "last_name", "last": "last_name",
    "surname": "last_name", "family_name": "last_name", "nachname": "last_name",
    "full_name": "name", "fullname": "name", "birthday": "birthday", "date_of_birth": "birthday", "dob": "birthday",
    "zip": "postcode", "zip_code": "postcode", "postal_code": "postcode", "plz": "postcode", "town": "city",
    "street_address": "street", "address_1": "street", "state_region": "region", "state": "region",
    "job_title": "title", "house_number": "street", "street_number": "street", "hausnummer": "street",
    "house_no": "street", "hausnr": "street", "strasse": "street", "straße": "street", "ort": "city", "land": "country",
    "geburtsdatum": "birthday", "birth_date": "birthday", "birthdate": "birthday",
}  # fmt: skip
# Columns that make one trait together with others: street and house number, the parts of a birthday.
_JOINED = frozenset({"street"})
_DATE_PARTS = {
    "birth_year": "year", "year_of_birth": "year", "birth_month": "month", "month_of_birth": "month",
    "birth_day": "day", "day_of_birth": "day", "birthday_year": "year", "birthday_month": "month",
    "birthday_day": "day",
}  # fmt: skip
# How columns of traits are read whose type the business has decided.
_KINDS = {
    TraitType.NUMBER: "number", TraitType.WHOLE: "number", TraitType.MONEY: "number", TraitType.YES_NO: "boolean",
    TraitType.DATE: "date", TraitType.MOMENT: "date", TraitType.LIST: "list", TraitType.CHOICES: "list",
    TraitType.PHONE: "phone", TraitType.TEXT: "text", TraitType.LONG: "text", TraitType.EMAIL: "text",
    TraitType.URL: "text", TraitType.COUNTRY: "text", TraitType.CHOICE: "text",
}  # fmt: skip
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_DATED = re.compile(r"birthday|(?:.*_)?(?:date|at|on|since|until|datum)")


def plain(header: str) -> str:
    """`E-Mail Address*` as `e_mail_address`."""
    return re.sub(r"[^\w]+", "_", header.strip().lower()).strip("_")


def mapping(
    headers: Sequence[str], samples: Sequence[Sequence[Any]], region: str = "GB"
) -> tuple[dict[str, Any], str]:
    """(a mapping to start from, the system whose export this is or ""). `samples` are rows of cells."""
    columns_of = [
        [cell for row in samples if (cell := values.cleaned(row[index])) and cell not in values.ERRORS]
        for index in range(len(headers))
    ]
    system = systems.recognised(headers)
    ready = systems.columns(system, headers) if system else {}
    own = any(header.strip() == "person_id" or header.strip().startswith("trait.") for header in headers)
    columns: list[dict[str, Any]] = []
    for index, header in enumerate(headers):
        samples_of = columns_of[index]
        column = dict(ready.get(header) or (own and _own(header)) or _column(header, samples_of, region))
        columns.append(_once(_noted(column, samples_of), columns))
    _agree(columns)
    _only_whole_dates(columns)
    document = {
        "columns": columns,
        "fixed": systems.fixed(system, headers) if system else [],
        "region": region,
        "dates": "auto",
        "policy": "overwrite",
        "ambiguous": "reject",
        "unnamed": "reject",
        "evidence": {},
    }
    return document, system.name if system else ""


def _noted(column: dict[str, Any], samples: list[str]) -> dict[str, Any]:
    """The column with how its dates or numbers are written, where that matters."""
    if column.get("type") == "date" or column["to"] in {"first_seen", "changed_at"}:
        notation = dates.notation_of(samples)
    else:
        notation = numbers.notation_of(samples) if column.get("type") == "number" else ""
    return column | {"notation": notation} if notation not in {"", "auto"} else column


def _agree(columns: list[dict[str, Any]]) -> None:
    """Where a column cannot tell day from month, or thousands from decimals, those of the same file that can do."""
    for kind in (dates.NOTATIONS, numbers.NOTATIONS):
        decided = {column["notation"] for column in columns if column.get("notation") in {*kind} - {"excel"}}
        for column in columns:
            is_kind = (column.get("type") == "number") == (kind is numbers.NOTATIONS)
            if column.get("notation") == "ask" and is_kind and len(decided) == 1:
                column["notation"] = next(iter(decided))


def _only_whole_dates(columns: list[dict[str, Any]]) -> None:
    """Parts of a date are texts of their own where the others are missing."""
    pieces = [column for column in columns if column.get("type") in values.DATE_PARTS]
    if sorted(column["type"] for column in pieces) != sorted(values.DATE_PARTS):
        for column in pieces:
            column |= {"key": f"birth_{column['type']}", "type": "text"}


def _once(column: dict[str, Any], before: list[dict[str, Any]]) -> dict[str, Any]:
    """A second column of a meaning that only one can have is left out; of a trait, it becomes one of another name."""
    if column["to"] in {"first_seen", "changed_at"}:
        is_second = any(earlier["to"] == column["to"] for earlier in before)
        return {"to": "ignore"} if is_second else column
    if column["to"] != "trait" or column["key"] in _JOINED or column["type"] in values.DATE_PARTS:
        return column
    taken = {earlier["key"] for earlier in before if earlier["to"] == "trait"}
    key, again = column["key"], 2
    while key in taken:
        key, again = f"{column['key']}_{again}", again + 1
    return column | {"key": key}


def _column(header: str, samples: list[str], region: str) -> dict[str, Any]:
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
_LEFT = {"person_id", "full_name", "last_seen_at", "import_key"}


def _own(header: str) -> dict[str, Any] | None:
    """Columns as an export of ours names them: trait.age (number). It is one when any column is named so.

    What Rapport works out by itself, a place in a segment or a computed trait, is left out.
    """
    if header.strip() in _LEFT or header.strip().startswith("segment."):
        return {"to": "ignore"}
    match = _OWN.fullmatch(header.strip())
    if match and match.group(1) in policies.current(PERSON).computed:
        return {"to": "ignore"}
    kind = (match.group(2) or "text") if match else ""
    return (
        {"to": "trait", "key": match.group(1), "type": kind} if match and kind in values.TRAIT_TYPES else None
    )


def _fits(column: dict[str, str], samples: list[str], region: str) -> bool:
    """Whether what stands in the column can be what its name says."""
    if column["to"] == "identifier" and column["type"] == "email" and samples:
        # However many of them are malformed: what is wrong with them is told, and the others find people.
        signs = _share(samples, lambda cell: "@" in cell) >= 0.5
        return signs or any(_identifies("email", cell, region) for cell in samples)
    if column["to"] == "identifier" and samples:
        return _share(samples, lambda cell: _identifies(column["type"], cell, region)) >= 0.5
    if column["to"] in {"first_seen", "changed_at"} and samples:
        return _share(samples, lambda cell: _dated(cell) or _EPOCH.fullmatch(cell) is not None) >= 0.5
    return True


def _identifies(kind: str, cell: str, region: str) -> bool:
    """Whether it is an identifier, or was one before a spreadsheet shortened it, which is to be told."""
    usable, left = addresses.in_cell(kind, cell, region)
    return bool(usable) or any(code == "digits_lost" for code, _piece in left)


def unusable(column: dict[str, Any], samples: Sequence[Any], region: str) -> tuple[int, int]:
    """(how many cells of an identifier's column are none, how many have something in them)."""
    if column["to"] != "identifier":
        return 0, 0
    cells = [cell for sample in samples if (cell := values.cleaned(sample)) and cell not in values.ERRORS]
    bad = sum(not addresses.in_cell(column["type"], cell[: values.MAX_TEXT], region)[0] for cell in cells)
    return bad, len(cells)


def _trait(word: str, samples: list[str], region: str) -> dict[str, Any]:
    if part := _DATE_PARTS.get(word):
        return {"to": "trait", "key": "birthday", "type": part}
    key = _TRAITS.get(word, word)[:100] or "column"
    return {"to": "trait", "key": key, "type": _type(key, samples, region)}


def _type(key: str, samples: list[str], region: str) -> str:
    definition = policies.current(PERSON).definitions.get(key)
    if definition and definition.kind in _KINDS:
        return _KINDS[TraitType(definition.kind)]
    if not samples or key in {"postcode", "street", "name", "id"} or key.endswith("_id"):
        return "text"
    words = {cell.lower() for cell in samples}
    if words <= {"true", "false"} or (
        words <= TRUE_WORDS | FALSE_WORDS
        and not words <= {"0", "1"}
        and not words.isdisjoint(TRUE_WORDS)
        and len(words) > 1
    ):
        return "boolean"
    if _DATED.fullmatch(key) and dates.notation_of(samples) in {"excel", "dmy", "mdy", "ask"}:
        return "date"
    if _share(samples, lambda cell: bool(_FIGURE.fullmatch(cell.strip()))) > 0.9:
        return "number"
    if dates.notation_of(samples) in {"dmy", "mdy", "ask"} or _share(samples, _dated) > 0.9:
        return "date"
    looks = _share(
        samples,
        lambda cell: cell.strip().startswith(("+", "0")) and normalise("phone", cell, region) is not None,
    )
    return "phone" if looks > 0.9 else "text"


# Leading zeros are those of codes; what is longer is an id.
_FIGURE = re.compile(
    r"\(?[-−+]?\s*[$€£¥]?\s*[-−+]?(?:0|[1-9]\d{0,2}(?:[.,'’ ]\d{3})+|[1-9]\d{0,14})(?:[.,]\d+)?\s*[$€£¥%]?\s*[-−]?\)?"
)


def _dated(cell: str) -> bool:
    try:
        values.moment(cell, "dmy")
    except ValueError:
        try:
            values.moment(cell, "mdy")
        except ValueError:
            return False
    return not cell.strip().isdigit() or bool(re.fullmatch(r"(?:19|20)\d{6}", cell.strip()))


def _share(samples: list[str], test: Any) -> float:
    return sum(bool(test(cell)) for cell in samples) / len(samples)
