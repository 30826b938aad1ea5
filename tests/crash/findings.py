"""What both engines hold after the faults, read beside the product."""

import collections
import json

from clickhouse_connect import get_client

from rapport.config.env import load_secrets
from rapport.core.engines import paths
from tests.crash.faults import link


def clickhouse(folder, statement):
    port = json.loads(paths.clickhouse_address(folder).read_text())["port"]
    password = load_secrets(folder)["clickhouse_password"]
    client = get_client(
        host="127.0.0.1", port=port, username="rapport", password=password, database="rapport"
    )
    return client.query(statement).result_rows


def postgres(folder, statement):
    with link(folder) as connection:
        return connection.execute(statement).fetchall()


def stored(folder):
    """{message id: how often its event is stored}."""
    rows = clickhouse(folder, "SELECT message_id FROM events WHERE event = 'Ping'")
    return collections.Counter(row[0] for row in rows)


def imported(folder):
    """One line for each identifier `imp…@`: its person's identifiers, traits and number of consents."""
    return postgres(
        folder,
        "SELECT t.value, c.value, p.traits->>'first_name', p.traits->>'last_name', p.traits->>'city',"
        " (SELECT count(*) FROM governance_consentrecord r WHERE r.person_id = p.id AND r.state = 'granted')"
        " FROM people_identifier t JOIN people_person p ON p.id = t.person_id AND p.merged_into_id IS NULL"
        " LEFT JOIN people_identifier c ON c.person_id = p.id AND c.value LIKE 'IMP%'"
        " WHERE t.type = 'email' AND t.value LIKE 'imp%'",
    )


def people(folder):
    """The same of both engines: {person: (is_identified, e-mail, number of identifiers, number of consents)}."""
    ours = postgres(
        folder,
        "SELECT p.id, p.is_identified, coalesce(p.traits->>'email', ''), coalesce(i.n, 0)"
        " FROM people_person p LEFT JOIN (SELECT person_id, count(*) AS n FROM people_identifier"
        " GROUP BY person_id) i ON i.person_id = p.id WHERE p.merged_into_id IS NULL AND p.erased_at IS NULL",
    )
    theirs = clickhouse(
        folder,
        "SELECT person_id, is_identified, ifNull(toString(traits.email), ''), length(identifiers)"
        " FROM people FINAL WHERE deleted = 0",
    )
    return (
        {str(person): (bool(identified), email, count) for person, identified, email, count in rows}
        for rows in (ours, theirs)
    )


def members(folder, segment):
    """Stored membership: in PostgreSQL, and its copy in ClickHouse."""
    ours = postgres(folder, f"SELECT person_id FROM segments_membership WHERE segment_id = '{segment}'")
    theirs = clickhouse(
        folder,
        f"SELECT person_id FROM segment_members FINAL WHERE segment_id = '{segment}' AND member = 1",
    )
    return {str(row[0]) for row in ours}, {str(row[0]) for row in theirs}


def holders(folder, condition):
    """Persons one of whose identifiers fits the condition."""
    rows = postgres(
        folder,
        "SELECT DISTINCT p.id FROM people_identifier i JOIN people_person p ON p.id = i.person_id"
        f" WHERE p.merged_into_id IS NULL AND p.erased_at IS NULL AND {condition}",
    )
    return {str(row[0]) for row in rows}
