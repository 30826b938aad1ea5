"""Records out of PostgreSQL into a file, by COPY: a million persons in seconds, none of them an object here."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import cast

import psycopg
from django.db import connection
from psycopg import sql as psql

from rapport.people import identity_types
from rapport.people.queries import apart

# Traits go by several names; the first that is filled counts.
_TRAITS = {
    "given_name": ("first_name", "firstName", "given_name", "givenName"),
    "surname": ("last_name", "lastName", "surname", "family_name", "familyName"),
    "dob": ("birthday", "birthdate", "birth_date", "date_of_birth", "dob"),
    "city": ("city", "town", "suburb"),
    "postcode": ("postcode", "postal_code", "postalCode", "zip"),
    "region": ("region", "state", "county", "province"),
    "country": ("country", "country_code"),
    "national_id": ("national_id", "loyalty_id", "loyalty_number", "tax_id", "passport_number"),
    "gender": ("gender",),
    "occupation": ("occupation", "job_title", "jobTitle", "title"),
}
_IN_ADDRESS = {
    "city": ("city",),
    "postcode": ("postal_code", "postalCode", "postcode", "zip"),
    "region": ("state", "region"),
    "country": ("country",),
}


def _trait(field: str, table: str) -> str:
    flat = [f"nullif({table}.traits->>'{name}', '')" for name in _TRAITS[field]]
    nested = [f"nullif({table}.traits->'address'->>'{name}', '')" for name in _IN_ADDRESS.get(field, ())]
    return f"coalesce({', '.join(flat + nested)})"


def _street(table: str) -> str:
    return (
        f"coalesce(nullif({table}.traits->>'street', ''), CASE jsonb_typeof({table}.traits->'address')"
        f" WHEN 'string' THEN {table}.traits->>'address' ELSE {table}.traits->'address'->>'street' END)"
    )


_PEOPLE = f"""
SELECT p.id AS unique_id, p.updated_at > {{since}} AS fresh,
    coalesce(nullif(p.name, ''), p.traits->>'name') AS full_name,
    {", ".join(f"{_trait(field, 'p')} AS {field}" for field in _TRAITS)},
    coalesce(nullif(p.email, ''), i.email) AS email,
    coalesce(nullif(p.traits->>'phone', ''), i.phone) AS phone,
    {_street("p")} AS address, i.verified
FROM people_person p LEFT JOIN (
    SELECT person_id, min(value) FILTER (WHERE type = 'email') AS email,
        min(value) FILTER (WHERE type = 'phone') AS phone,
        string_agg(DISTINCT type, ' ') FILTER (WHERE type = ANY({{verified}})) AS verified
    FROM people_identifier WHERE type IN ('email', 'phone') OR type = ANY({{verified}}) GROUP BY person_id
) i ON i.person_id = p.id
WHERE p.merged_into_id IS NULL AND p.erased_at IS NULL AND p.restricted_at IS NULL
    AND (p.name <> '' OR p.email <> '' OR p.is_identified)
"""
_COMPANIES = f"""
SELECT c.id AS unique_id, c.updated_at > {{since}} AS fresh, nullif(c.name, '') AS name,
    coalesce(nullif(c.traits->>'domain', ''), c.traits->>'website', c.traits->>'url') AS domain,
    c.traits->>'email' AS email, c.traits->>'phone' AS phone, {_street("c")} AS address,
    {", ".join(f"{_trait(field, 'c')} AS {field}" for field in ("city", "postcode", "country"))},
    coalesce(c.traits->>'tax_id', c.traits->>'vat_id', c.traits->>'vat_number') AS tax_id
FROM people_company c WHERE c.name <> '' AND NOT EXISTS
    (SELECT 1 FROM people_companymerge m WHERE m.absorbed_id = c.id AND m.undone_at IS NULL)
"""
_LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def write_records(kind: str, path: Path, since: dt.datetime | None) -> None:
    """Everybody who may be compared, as CSV. Merged, erased and restricted persons are left out."""
    query = _PEOPLE if kind == "person" else _COMPANIES
    moment = psql.Literal((since or _LONG_AGO).isoformat()) + psql.SQL("::timestamptz")
    verified = [rule.key for rule in identity_types.refresh().by_key.values() if rule.only_one]
    _copy(psql.SQL(query).format(since=moment, verified=psql.Literal(verified)), path)


def write_apart(kind: str, path: Path) -> None:
    """The pairs of whom somebody said that they are not the same, as CSV (one, other, stands): never proposed again.

    What was taken back does not stand: such a pair is proposed again, but no search merges it, nor two others whom
    undoing a merge parted.
    """
    decided = """
        SELECT c.one_id AS one, c.other_id AS other, true AS stands FROM quality_matchcandidate c
        JOIN quality_matchdecision d ON d.candidate_id = c.id
        WHERE c.kind = {kind} AND d.verdict = 'apart' AND d.undone_at IS NULL"""
    parted = apart.PERSONS if kind == "person" else apart.COMPANIES
    _copy(
        psql.SQL(
            f"SELECT one, other, bool_or(stands) AS stands FROM ({decided} UNION ALL {parted}) p GROUP BY one, other"
        ).format(kind=psql.Literal(kind)),
        path,
    )


def _copy(query: psql.Composable, path: Path) -> None:
    connection.ensure_connection()
    raw = cast("psycopg.Connection", connection.connection)
    statement = psql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER true)").format(query)
    with (
        connection.wrap_database_errors,
        path.open("wb") as file,
        psycopg.Cursor(raw) as cursor,
        cursor.copy(statement) as rows,
    ):
        for block in rows:
            file.write(block)
