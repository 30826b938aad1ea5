"""The world of `bench pages`: that of `bench segments`, with its persons in PostgreSQL too, companies, segments, and a
campaign that reached a third of all.

What customers do lies in ClickHouse already (`segments_data`); persons are copied from there, so both engines hold the
same ones. Segments are computed by the running workers, as anybody's would be.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator

from django.db import models

from rapport.bench import segments_data, stream
from rapport.bench.segments import EVENTS_PER_PERSON
from rapport.core.clock import SYSTEM, Clock

COMPANIES, MEMBERS, DELIVERIES, AUDIT_LINES = 20_000, 200_000, 300_000, 200_000
# Every so many of the stream's fifty segments: members are kept by row, which takes longer than all else.
SEGMENT_STEP = 6
COMPUTED_WITHIN = 3600
MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>"
)
# ClickHouse writes what COPY reads: the same escapes.
_PERSONS = """
    SELECT person_id, first_seen_at, last_seen_at, JSONExtractString(traits, 'email') AS email, traits,
        concat(JSONExtractString(traits, 'first_name'), ' ', JSONExtractString(traits, 'last_name')) AS name
    FROM people FINAL FORMAT TSV"""
_STAGED = (
    "(id uuid, first_seen_at timestamptz, last_seen_at timestamptz, email text, traits jsonb, name text)"
)


def is_filled() -> bool:
    from rapport.people.models import Person

    return Person.objects.exists()


def sizes() -> dict[str, int]:
    from rapport.core import clickhouse
    from rapport.messaging.models import Delivery
    from rapport.people.models import Company, Person
    from rapport.segments.models import Membership, Segment

    models = (Person, Company, Segment, Membership, Delivery)
    counts = {model._meta.verbose_name_plural or "": model._default_manager.count() for model in models}
    return {str(name): count for name, count in counts.items()} | {
        "events": int(clickhouse.scalar("SELECT count() FROM events") or 0)
    }


def fill(persons: int, events: int = 0) -> None:
    """Makes what is missing; ends when every segment has been computed. Raises TimeoutError after an hour.

    `events`: only about so many, the newest of the year's.
    """
    segments_data.fill(persons, persons * EVENTS_PER_PERSON, newest=events)
    if not is_filled():
        _persons()
        _companies()
        _segments()
        _campaign()
        _audit()
        _analyse()
    _wait_for_segments()


def _persons() -> None:
    from django.db import connection

    from rapport.core import clickhouse
    from rapport.people.models import Identifier, Person

    with connection.cursor() as cursor, clickhouse.client().raw_stream(_PERSONS) as stream:
        cursor.execute(f"CREATE TEMPORARY TABLE staged_person {_STAGED}")
        with cursor.copy("COPY staged_person FROM STDIN") as copy:
            while block := stream.read(1 << 20):
                copy.write(block)
        cursor.execute("ANALYZE staged_person")
    seen = {"first_seen_at": "first_seen_at", "last_seen_at": "last_seen_at"}
    same = {name: name for name in ("id", "name", "email", "traits")}
    with _without_indexes(Person):
        _insert(Person, seen | same | {"is_identified": "true"}, "FROM staged_person")
    key = {"person_id": "id", "type": "'email'", "value": "email", "first_seen_at": "first_seen_at"}
    with _without_indexes(Identifier):
        _insert(Identifier, key, "FROM staged_person")


def _companies() -> None:
    from rapport.people.models import Company, CompanyMember

    company = {"id": "md5('company' || n)::uuid", "group_id": "'company-' || n", "name": "'Company ' || n"}
    _insert(Company, company, f"FROM generate_series(1, {COMPANIES}) AS n")
    member = {
        "company_id": f"md5('company' || 1 + mod(n, {COMPANIES}))::uuid",
        "person_id": "id",
        "since": "now()",
    }
    numbered = "SELECT id, row_number() OVER () AS n FROM staged_person"
    _insert(CompanyMember, member, f"FROM ({numbered} LIMIT {MEMBERS}) AS numbered")


def _segments() -> None:
    from rapport.core.access import system
    from rapport.segments.services.segments import create_segment

    for number, definition in enumerate(stream.definitions()[::SEGMENT_STEP]):
        create_segment(actor=system("bench"), name=f"Bench {number}", definition=definition)


def _campaign(clock: Clock = SYSTEM) -> None:
    """One campaign that a third of all have got, as the pages of deliveries and results read it."""
    from rapport.campaigns.services import campaigns
    from rapport.content.services import templates
    from rapport.core.access import system
    from rapport.governance.models import Purpose
    from rapport.messaging.models import Delivery, Send
    from rapport.segments.models import Segment

    actor, now = system("bench"), clock.now()
    purpose, _ = Purpose.objects.get_or_create(key="newsletter", defaults={"name": "Newsletter"})
    template = templates.create_template(actor=actor, name="Bench", subject="Hello", mjml=MJML)
    campaign = campaigns.create_campaign(
        actor=actor, name="Bench", segment=Segment.objects.all()[0], template=template, purpose=purpose
    )
    send = Send.objects.create(
        origin="campaign", origin_id=str(campaign.pk), purpose=purpose, channel="email",
        template_version=templates.publish(actor=actor, template_id=template.pk), requested_by="bench", send_at=now,
        expires_at=now + dt.timedelta(days=1), sealed_at=now, completed_at=now,
    )  # fmt: skip
    campaign.send = send
    campaign.save(update_fields=["send"])
    delivery = {
        "id": "gen_random_uuid()", "send_id": str(send.pk), "person_id": "id", "channel": "'email'",
        "address": "email", "state": "'sent'", "finished_at": "now()",
    }  # fmt: skip
    _insert(Delivery, delivery, f"FROM (SELECT * FROM staged_person LIMIT {DELIVERIES}) AS staged")


def _audit() -> None:
    from rapport.core.models import AuditEntry

    entry = {
        "at": "now() - n * interval '1 minute'", "actor_kind": "'user'", "actor_id": "'1'",
        "actor_label": "'ada@example.org'", "action": "'person.edited'", "object_type": "'person'",
        "object_id": "md5('bench' || n)",
    }  # fmt: skip
    _insert(AuditEntry, entry, f"FROM generate_series(1, {AUDIT_LINES}) AS n")


def _insert(model: type[models.Model], columns: dict[str, str], rest: str) -> None:
    """INSERT … SELECT of these expressions by column, with the model's own defaults for all other columns."""
    from django.db import connection

    defaults = {
        field.column: field.get_db_prep_save(field.get_default(), connection)
        for field in model._meta.local_concrete_fields
        if field.column not in columns
        and field.db_default is models.NOT_PROVIDED
        and field is not model._meta.auto_field
    }
    values = ", ".join([*columns.values(), *("%s" for _ in defaults)])
    names = ", ".join([*columns, *defaults])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} {rest}",
            list(defaults.values()),
        )


@contextlib.contextmanager
def _without_indexes(model: type[models.Model]) -> Iterator[None]:
    """Indexes of a full table are built in a fraction of the time that keeping them takes; keys stay."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef, indexrelid::regclass::text FROM pg_index JOIN pg_indexes ON indexname ="
            " (SELECT relname FROM pg_class WHERE oid = indexrelid) WHERE indrelid = %s::regclass AND NOT indisunique",
            [model._meta.db_table],
        )
        indexes = cursor.fetchall()
        for _definition, name in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for definition, _name in indexes:
            cursor.execute(definition)


def _analyse() -> None:
    """What autovacuum would do within minutes of a million new rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE staged_person")
        cursor.execute("VACUUM ANALYZE")


def _wait_for_segments() -> None:
    from rapport.segments.models import Segment

    deadline = time.monotonic() + COMPUTED_WITHIN
    while waiting := Segment.objects.filter(computed_version=0).count():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{waiting} segments were not computed within {COMPUTED_WITHIN // 60} minutes")
        time.sleep(2)
