"""Companies changed by colleagues and programs: made, completed, put under another, archived; and their members."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.permissions import Reach
from rapport.core.plain_text import plain
from rapport.core.services import audit
from rapport.people.models import Company, CompanyMember
from rapport.people.queries import companies, require_companies
from rapport.people.services.changes import COMPANIES, mark_changed
from rapport.people.services.companies import apply_company_traits, company_id_for, mark_members
from rapport.people.services.profile import TraitUpdate, checked
from rapport.people.values.schema import COMPANY

_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


@transaction.atomic
def create_company(
    *,
    actor: Actor,
    name: str,
    group_id: str = "",
    domains: Sequence[str] = (),
    parent_id: uuid.UUID | None = None,
    traits: dict[str, Any] | None = None,
    source: str = "",
    clock: Clock = SYSTEM,
) -> Company:
    """Makes a company. Without a `group_id` it gets one of its own. Raises ValidationError by field."""
    actor.require("people.edit")
    if not plain(name):
        raise ValidationError({"name": _("Give the company's name.")})
    group = group_id.strip() or str(uuid.uuid4())
    if Company.objects.filter(group_id=group).exists():
        raise ValidationError({"group_id": _("Another company has this id.")})
    owner = None if actor.reach("people.view") is Reach.ALL else actor.user_id
    company = Company.objects.create(
        id=company_id_for(group), group_id=group, domains=_domains(domains), owner_id=owner
    )
    set_parent(actor=actor, company=company, parent_id=parent_id)
    set_company_traits(
        actor=actor,
        company_id=company.pk,
        traits={**(traits or {}), "name": plain(name)},
        source=source,
        clock=clock,
    )
    _note(actor, "company.created", company.pk, clock=clock)
    company.refresh_from_db()
    return company


@transaction.atomic
def edit_company(
    *,
    actor: Actor,
    company_id: uuid.UUID,
    name: str,
    domains: Sequence[str],
    parent_id: uuid.UUID | None,
    source: str = "",
    clock: Clock = SYSTEM,
) -> Company:
    """Changes name, domains and the company it belongs to. Raises ValidationError by field."""
    require_companies(actor, "people.edit", [company_id])
    company = Company.objects.select_for_update(no_key=True).get(pk=company_id)
    company.domains, company.updated_at = _domains(domains), clock.now()
    company.save(update_fields=["domains", "updated_at"])
    set_parent(actor=actor, company=company, parent_id=parent_id)
    if plain(name) and plain(name) != company.name:
        set_company_traits(
            actor=actor, company_id=company_id, traits={"name": plain(name)}, source=source, clock=clock
        )
    _note(actor, "company.changed", company_id, clock=clock)
    company.refresh_from_db()
    return company


@transaction.atomic
def set_parent(*, actor: Actor, company: Company, parent_id: uuid.UUID | None) -> None:
    """Puts a company under another, or under none. Raises ValidationError for a circle."""
    require_companies(actor, "people.edit", [company.pk])
    if company.parent_id == parent_id:
        return
    if parent_id is not None and not companies(actor).filter(pk=parent_id).exists():
        raise ValidationError({"parent": _("Choose a company from the list.")})
    if parent_id is not None and parent_id in below(company.pk):
        raise ValidationError(
            {"parent": _("A company cannot belong to itself or to one of its subsidiaries.")}
        )
    company.parent_id = parent_id
    company.save(update_fields=["parent"])
    mark_members([company.pk])


def below(company_id: uuid.UUID) -> set[uuid.UUID]:
    """The company and everything under it."""
    rows = sql.run(
        "WITH RECURSIVE down AS (SELECT %b::uuid AS id"
        " UNION SELECT c.id FROM people_company c JOIN down ON c.parent_id = down.id) SELECT id FROM down",
        [company_id],
    )
    return {id_ for (id_,) in rows}


@transaction.atomic
def set_company_traits(
    *,
    actor: Actor,
    company_id: uuid.UUID,
    traits: dict[str, Any],
    source: str,
    at: dt.datetime | None = None,
    clock: Clock = SYSTEM,
) -> None:
    """Sets traits (None removes one). Raises ValidationError, by trait, for what does not fit."""
    require_companies(actor, "people.edit", [company_id])
    fit = checked(actor, COMPANY, traits)
    update = TraitUpdate(
        company_id, fit, at or clock.now(), source or actor.label, str(uuid.uuid4()), actor.label
    )
    apply_company_traits([update], clock=clock)
    _note(actor, "company.traits_set", company_id, {"names": sorted(fit)}, clock=clock)


@transaction.atomic
def archive_company(*, actor: Actor, company_id: uuid.UUID, clock: Clock = SYSTEM) -> None:
    """Takes it out of lists; members, traits and history stay."""
    require_companies(actor, "people.edit", [company_id])
    Company.objects.filter(pk=company_id, archived_at=None).update(archived_at=clock.now())
    _note(actor, "company.archived", company_id, clock=clock)


@transaction.atomic
def restore_company(*, actor: Actor, company_id: uuid.UUID, clock: Clock = SYSTEM) -> None:
    require_companies(actor, "people.edit", [company_id])
    Company.objects.filter(pk=company_id).update(archived_at=None)
    _note(actor, "company.restored", company_id, clock=clock)


@transaction.atomic
def set_member(
    *,
    actor: Actor,
    company_id: uuid.UUID,
    person_id: uuid.UUID,
    role: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    clock: Clock = SYSTEM,
) -> CompanyMember:
    """Joins a person to a company, or changes as what and until when. Raises ValidationError."""
    require_companies(actor, "people.edit", [company_id])
    member = CompanyMember.objects.filter(company_id=company_id, person_id=person_id).first()
    start = since or (member.since if member else clock.now())
    if until is not None and until < start:
        raise ValidationError({"until": _("The end is before the beginning.")})
    member, _created = CompanyMember.objects.update_or_create(
        company_id=company_id,
        person_id=person_id,
        defaults={"role": role[:120], "since": start, "until": until},
    )
    mark_changed([person_id], COMPANIES)
    _note(actor, "company.member_set", company_id, {"person": str(person_id)}, clock=clock)
    return member


@transaction.atomic
def remove_member(*, actor: Actor, company_id: uuid.UUID, person_id: uuid.UUID) -> None:
    require_companies(actor, "people.edit", [company_id])
    CompanyMember.objects.filter(company_id=company_id, person_id=person_id).delete()
    mark_changed([person_id], COMPANIES)
    _note(actor, "company.member_removed", company_id, {"person": str(person_id)})


def _domains(given: Sequence[str]) -> list[str]:
    """Domains without what people paste around them. Raises ValidationError naming the wrong one."""
    domains = []
    for text in given:
        domain = text.strip().lower().removeprefix("https://").removeprefix("http://")
        domain = domain.removeprefix("www.").split("/")[0]
        if not _DOMAIN.fullmatch(domain):
            raise ValidationError(
                {"domains": _("“%(value)s” is no domain; write it as example.org.") % {"value": text}}
            )
        domains.append(domain)
    return list(dict.fromkeys(domains))


def _note(
    actor: Actor,
    action: str,
    company_id: uuid.UUID,
    data: dict[str, Any] | None = None,
    clock: Clock = SYSTEM,
) -> None:
    audit.record(
        actor=actor, action=action, object_type="company", object_id=company_id, data=data, clock=clock
    )
