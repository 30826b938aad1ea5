"""Companies as events tell of them: made by `group` calls, with traits under the same rules as a person's."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.people.services import factlog
from rapport.people.services import policy as policies
from rapport.people.services.changes import COMPANIES, mark_changed
from rapport.people.services.profile import TraitUpdate, lay
from rapport.people.services.traits import State
from rapport.people.values.schema import COMPANY

NAMESPACE = uuid.UUID("0d1cf3ba-4a0b-5a55-8b1c-0c6d5a3c0c11")


@dataclass(slots=True)
class GroupCall:
    """A person belongs to the company that their systems call `group_id`, and this is known of it."""

    group_id: str
    person_id: uuid.UUID
    traits: dict[str, Any]
    at: dt.datetime
    source: str
    message_id: str

    @property
    def company_id(self) -> uuid.UUID:
        return company_id_for(self.group_id)


def company_id_for(group_id: str) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, group_id)


def apply_groups(calls: Sequence[GroupCall], clock: Clock = SYSTEM) -> set[uuid.UUID]:
    """Makes what companies are missing, lays traits over them and joins the members; returns the persons.

    Set-based, in the caller's transaction.
    """
    if not calls:
        return set()
    groups = {call.company_id: call.group_id for call in calls}
    order = sorted(groups, key=str)
    sql.run(
        "INSERT INTO people_company (id, group_id, name, traits, trait_facts, domains, created_at, updated_at)"
        " SELECT id, group_id, '', '{}', '{}', '{}', now(), now()"
        " FROM unnest(%b::uuid[], %b::text[]) AS n (id, group_id)"
        " ON CONFLICT DO NOTHING",
        [order, [groups[company] for company in order]],
    )
    apply_company_traits(
        [TraitUpdate(call.company_id, call.traits, call.at, call.source, call.message_id) for call in calls],
        clock=clock,
    )
    _join(calls)
    return {call.person_id for call in calls}


def apply_company_traits(updates: Sequence[TraitUpdate], clock: Clock = SYSTEM) -> set[uuid.UUID]:
    """Lays claims over companies (`person_id` of an update is the company's id); returns those that changed."""
    policy = policies.current(COMPANY)
    rows = sql.run(
        "SELECT id, traits::text, trait_facts::text FROM people_company WHERE id = ANY(%b)"
        " ORDER BY id FOR NO KEY UPDATE",
        [list({update.person_id for update in updates})],
    )
    decode = msgspec.json.decode
    states: dict[uuid.UUID, State] = {id_: (decode(traits), decode(origins)) for id_, traits, origins in rows}
    before = {company: (dict(traits), origins) for company, (traits, origins) in states.items()}
    applied = lay(COMPANY, policy, updates, states)
    changed = {company: states[company] for company in states if states[company][1] != before[company][1]}
    write_states(changed)
    mark_members([company for company in changed if changed[company][0] != before[company][0]])
    factlog.write_history(applied.history, clock.now())
    factlog.write_refusals(COMPANY, applied.refused)
    return set(changed)


def mark_members(company_ids: Collection[uuid.UUID]) -> None:
    """Has the members of these companies, and of all below them, looked at again: what is known of them changed."""
    if not company_ids:
        return
    rows = sql.run(
        "WITH RECURSIVE down AS (SELECT unnest(%b::uuid[]) AS id"
        " UNION SELECT c.id FROM people_company c JOIN down ON c.parent_id = down.id)"
        " SELECT DISTINCT person_id FROM people_companymember WHERE company_id IN (SELECT id FROM down)",
        [list(company_ids)],
    )
    mark_changed([person for (person,) in rows], COMPANIES)


def write_states(states: dict[uuid.UUID, State]) -> None:
    if not states:
        return
    encode = msgspec.json.encode
    sql.run(
        "UPDATE people_company c SET traits = n.traits::jsonb, trait_facts = n.facts::jsonb, name = n.name,"
        " updated_at = now() FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::text[]) AS n (id, traits, facts, name)"
        " WHERE c.id = n.id",
        [
            list(states),
            [encode(traits).decode() for traits, _ in states.values()],
            [encode(origins).decode() for _, origins in states.values()],
            [str(traits.get("name") or "")[:254] for traits, _ in states.values()],
        ],
    )


def _join(calls: Sequence[GroupCall]) -> None:
    """Members, each from the first call that says so; a title in the traits is left to the person."""
    first: dict[tuple[uuid.UUID, uuid.UUID], dt.datetime] = {}
    for call in calls:
        key = (call.company_id, call.person_id)
        first[key] = min(call.at, first.get(key, call.at))
    keys = sorted(first, key=str)
    sql.run(
        "INSERT INTO people_companymember AS m (company_id, person_id, role, since)"
        " SELECT company, person, '', since"
        " FROM unnest(%b::uuid[], %b::uuid[], %b::timestamptz[]) AS n (company, person, since)"
        " ON CONFLICT (company_id, person_id) DO UPDATE SET since = least(m.since, excluded.since)"
        " WHERE excluded.since < m.since",
        [[company for company, _ in keys], [person for _, person in keys], [first[key] for key in keys]],
    )


@dataclass(frozen=True, slots=True)
class NamedMember:
    """A person who belongs to a company of which a file has an id, a name or both."""

    group_id: str
    name: str
    person_id: uuid.UUID


def join_named(members: Sequence[NamedMember], at: dt.datetime) -> dict[NamedMember, uuid.UUID]:
    """Makes what companies are missing and joins the members; returns the company of each who was no member before.

    Without an id, a company is the one of that name, whatever its case and blanks.
    """
    if not members:
        return {}
    by_name = _named({member.name for member in members if not member.group_id})
    companies: dict[uuid.UUID, tuple[str, str]] = {}
    wanted: dict[tuple[uuid.UUID, uuid.UUID], NamedMember] = {}
    for member in members:
        group = member.group_id or _squashed(member.name)
        company = company_id_for(group) if member.group_id else by_name.get(group) or company_id_for(group)
        companies[company] = (group, companies.get(company, ("", ""))[1] or member.name)
        wanted.setdefault((company, member.person_id), member)
    sql.run(
        "INSERT INTO people_company (id, group_id, name, traits, trait_facts, domains, created_at, updated_at)"
        " SELECT id, g, n, '{}', '{}', '{}', now(), now()"
        " FROM unnest(%b::uuid[], %b::text[], %b::text[]) AS c (id, g, n)"
        " ORDER BY id ON CONFLICT (id) DO UPDATE SET name = excluded.name"
        " WHERE people_company.name = '' AND excluded.name <> ''",
        [
            list(companies),
            [group for group, _ in companies.values()],
            [name for _, name in companies.values()],
        ],
    )
    joined = sql.run(
        "INSERT INTO people_companymember (company_id, person_id, since, role)"
        " SELECT c, p, %b, '' FROM unnest(%b::uuid[], %b::uuid[]) AS m (c, p)"
        " ON CONFLICT (company_id, person_id) DO NOTHING RETURNING company_id, person_id",
        [at, [company for company, _ in wanted], [person for _, person in wanted]],
    )
    return {wanted[company, person]: company for company, person in joined}


def _squashed(name: str) -> str:
    return " ".join(name.split()).upper()


def _named(names: Collection[str]) -> dict[str, uuid.UUID]:
    """{name in capitals: the oldest company of that name}."""
    if not names:
        return {}
    rows = sql.run(
        "SELECT upper(name), id FROM people_company WHERE upper(name) = ANY(%b) AND archived_at IS NULL"
        " ORDER BY created_at DESC, id DESC",
        [[_squashed(name) for name in names]],
    )
    return dict(rows)
