"""Raw values to comparable ones, in DuckDB's SQL: a million records in seconds, and the same everywhere."""

from __future__ import annotations

import duckdb

from rapport.quality.matching.engine.words import HONORIFICS, LEGAL_FORMS, all_forms, short_names

PERSON_FIELDS = (
    "full_name",
    "given_name",
    "surname",
    "dob",
    "email",
    "phone",
    "address",
    "city",
    "postcode",
    "region",
    "country",
    "national_id",
    "gender",
    "occupation",
    "verified",
)
COMPANY_FIELDS = ("name", "domain", "email", "phone", "address", "city", "postcode", "country", "tax_id")
FIELDS = {"person": PERSON_FIELDS, "company": COMPANY_FIELDS}

# Mailboxes of many people, and domains that say nothing about a company.
_FREE_MAIL = (
    "gmail|googlemail|yahoo|hotmail|outlook|live|icloud|me|aol|gmx|web|proton|protonmail|mail|msn|yandex|qq"
)

_MACROS = r"""
CREATE OR REPLACE MACRO plain(s) AS nullif(trim(regexp_replace(regexp_replace(
    lower(strip_accents(s)), '[''’`´.]', '', 'g'), '[^\p{L}\p{N}]+', ' ', 'g')), '');
CREATE OR REPLACE MACRO solid(s) AS nullif(regexp_replace(lower(strip_accents(s)), '[^\p{L}\p{N}]+', '', 'g'), '');
CREATE OR REPLACE MACRO words(s) AS list_filter(string_split(coalesce(s, ''), ' '), lambda w: w <> '');
CREATE OR REPLACE MACRO parsed_day(s) AS coalesce(
    try_strptime(s, ['%Y-%m-%d', '%d/%m/%Y', '%d.%m.%Y', '%Y/%m/%d', '%d %B %Y', '%d %b %Y', '%B %d, %Y',
                     '%b %d, %Y', '%m/%d/%Y', '%Y%m%d', '%Y-%m-%dT%H:%M:%S', '%Y-%m-%d %H:%M:%S']));
CREATE OR REPLACE MACRO digits(s) AS nullif(regexp_replace(s, '\D', '', 'g'), '');
CREATE OR REPLACE MACRO birth(s) AS CASE
    WHEN nullif(trim(s), '') IS NULL THEN NULL
    WHEN regexp_matches(trim(s), '^\d{4}-\d{2}-\d{2}[T ]') THEN left(trim(s), 10)
    WHEN parsed_day(trim(s)) IS NOT NULL THEN strftime(parsed_day(trim(s)), '%Y-%m-%d')
    WHEN regexp_full_match(trim(s), '\d{8}') THEN s[1:4] || '-' || s[5:6] || '-' || s[7:8]
    ELSE trim(s) END;
CREATE OR REPLACE MACRO telephone(s) AS CASE WHEN length(digits(s)) >= 6
    THEN regexp_replace(digits(s), '^00', '') END;
CREATE OR REPLACE MACRO mailbox(s) AS CASE WHEN s LIKE '%_@_%' THEN lower(trim(s)) END;
CREATE OR REPLACE MACRO letters(s) AS regexp_replace(s, '\d', '', 'g');
CREATE OR REPLACE MACRO named_after(mail, given, surname) AS coalesce(contains(split_part(mail, '@', 1), surname)
    OR contains(split_part(mail, '@', 1), given), contains(split_part(mail, '@', 1), given), false);
CREATE OR REPLACE MACRO street(s) AS nullif(trim(regexp_replace(regexp_replace(regexp_replace(
    ' ' || plain(s) || ' ', ' (street|str|strasse|straße) ', ' st ', 'g'),
    ' (avenue|av) ', ' ave ', 'g'), ' (road) ', ' rd ', 'g')), '');
-- One slip leaves the first or the last half as it is; only then is the slow distance asked for.
CREATE OR REPLACE MACRO half(a, b) AS greatest(least(length(a), length(b)) - 1, 0) // 2;
CREATE OR REPLACE MACRO one_slip(a, b) AS abs(length(a) - length(b)) <= 1
    AND (left(a, half(a, b)) = left(b, half(a, b)) OR right(a, half(a, b)) = right(b, half(a, b)))
    AND damerau_levenshtein(a, b) <= 1;
"""

# The words of a name without titles and ordinals.
_OWN_WORDS = rf"""
CREATE OR REPLACE MACRO own_words(s) AS list_filter(words(s), lambda w:
    NOT list_contains([{", ".join(f"'{word}'" for word in sorted(HONORIFICS))}], w)
    AND NOT regexp_full_match(w, '\d+(st|nd|rd|th)?'));
"""


def prepare_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Teaches DuckDB the words that cleaning and the models use."""
    con.execute(_MACROS)
    con.execute(_OWN_WORDS)


def prepare(con: duckdb.DuckDBPyConnection, kind: str) -> None:
    """Makes the table `records` (unique_id and comparable columns) from the table `raw` of text columns.

    `raw` has `unique_id` and any of FIELDS[kind]; a column that is missing counts as empty.
    """
    prepare_macros(con)
    present = {row[0] for row in con.execute("DESCRIBE raw").fetchall()}
    columns = ", ".join(
        f"CAST({name} AS VARCHAR) AS {name}" if name in present else f"CAST(NULL AS VARCHAR) AS {name}"
        for name in FIELDS[kind]
    )
    con.execute(f"CREATE OR REPLACE VIEW given_values AS SELECT unique_id, {columns} FROM raw")
    con.execute(_person_sql() if kind == "person" else _company_sql())


def _listed(words: frozenset[str]) -> str:
    return "[" + ", ".join(f"'{word}'" for word in sorted(words)) + "]"


def _person_sql() -> str:
    pairs = ", ".join(f"'{form}': '{name}'" for form, name in sorted(short_names().items()))
    forms = ", ".join(f"'{form}': {sorted(names)}" for form, names in sorted(all_forms().items()))
    return rf"""
CREATE OR REPLACE TABLE records AS
WITH named AS (
    SELECT *,
        own_words(coalesce(plain(full_name),
            nullif(concat_ws(' ', plain(given_name), plain(surname)), ''))) AS tokens,
        own_words(plain(given_name)) AS given_tokens, own_words(plain(surname)) AS surname_tokens
    FROM given_values
), split AS (
    SELECT *, coalesce(given_tokens[1], CASE WHEN tokens IS DISTINCT FROM surname_tokens THEN tokens[1] END) AS given_1,
        coalesce(nullif(list_aggregate(surname_tokens, 'string_agg', ' '), ''),
                 CASE WHEN len(tokens) > 1 THEN tokens[-1] END) AS surname_1
    FROM named
), shorted AS (
    SELECT *, coalesce(MAP {{{pairs}}}[given_1], given_1) AS given_c FROM split
)
SELECT unique_id,
    nullif(array_to_string(tokens, ' '), '') AS full_name,
    list_distinct(list_transform(tokens, lambda w: coalesce(MAP {{{pairs}}}[w], w))) AS tokens,
    given_1 AS given, given_c,
    list_distinct(list_concat([given_1, given_c], coalesce(MAP {{{forms}}}[given_1], []))) AS given_forms,
    surname_1 AS surname,
    CASE WHEN surname_1 IS NOT NULL THEN given_c || ' ' || surname_1 END AS name_key,
    birth(dob) AS dob, digits(birth(dob)) AS day,
    mailbox(email) AS email,
    CASE WHEN mailbox(email) IS NOT NULL THEN solid(split_part(split_part(mailbox(email), '@', 1), '+', 1)) END
        AS email_local,
    letters(mailbox(email)) AS email_letters, named_after(mailbox(email), given_1, surname_1) AS email_names,
    telephone(phone) AS phone,
    CASE WHEN regexp_matches(address, '\p{{L}}') THEN street(address) END AS address,
    solid(city) AS city, solid(postcode) AS postcode,
    CASE WHEN length(solid(postcode)) >= 5 THEN left(solid(postcode), length(solid(postcode)) - 3)
         WHEN length(solid(postcode)) >= 3 THEN left(solid(postcode), length(solid(postcode)) - 2) END AS area,
    plain(region) AS region, plain(country) AS country, solid(national_id) AS national_id,
    plain(gender) AS gender, plain(occupation) AS occupation, string_split(nullif(verified, ''), ' ') AS verified
FROM shorted
"""


def _company_sql() -> str:
    forms = _listed(LEGAL_FORMS)
    return rf"""
CREATE OR REPLACE TABLE records AS
WITH named AS (
    SELECT *, plain(regexp_replace(name, '\(.*?\)', ' ', 'g')) AS plain_name, plain(name) AS whole_name
    FROM given_values
), split AS (
    SELECT *,
        list_filter(words(coalesce(plain_name, whole_name)), lambda w: NOT list_contains({forms}, w)) AS core,
        lower(nullif(regexp_extract(coalesce(nullif(domain, ''), split_part(email, '@', 2)),
            '^(?:https?://)?(?:www\.)?([^/:?#\s]+\.[^/:?#\s]+)', 1), '')) AS site
    FROM named
)
SELECT unique_id,
    coalesce(nullif(array_to_string(core, ' '), ''), plain_name, whole_name) AS name,
    list_distinct(core) AS tokens,
    array_to_string(list_sort(list_distinct(core)), ' ') AS name_sorted,
    core[1] AS first_word,
    CASE WHEN NOT regexp_matches(site, '^({_FREE_MAIL})\.') THEN site END AS domain,
    telephone(phone) AS phone,
    street(address) AS address,
    array_to_string(list_sort(words(street(address))), ' ') AS address_sorted,
    regexp_extract(street(address), '^(\d+)', 1) AS house,
    solid(city) AS city, solid(postcode) AS postcode, plain(country) AS country, solid(tax_id) AS tax_id
FROM split
"""
