"""Everybody as comparable columns, as SQL for those who read all of it at once: names, birthday, addresses, numbers."""

from __future__ import annotations

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


PEOPLE = f"""
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
COMPANIES = f"""
SELECT c.id AS unique_id, c.updated_at > {{since}} AS fresh, nullif(c.name, '') AS name,
    coalesce(nullif(c.traits->>'domain', ''), c.traits->>'website', c.traits->>'url') AS domain,
    c.traits->>'email' AS email, c.traits->>'phone' AS phone, {_street("c")} AS address,
    {", ".join(f"{_trait(field, 'c')} AS {field}" for field in ("city", "postcode", "country"))},
    coalesce(c.traits->>'tax_id', c.traits->>'vat_id', c.traits->>'vat_number') AS tax_id
FROM people_company c WHERE c.name <> '' AND NOT EXISTS
    (SELECT 1 FROM people_companymerge m WHERE m.absorbed_id = c.id AND m.undone_at IS NULL)
"""
