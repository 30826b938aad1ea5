"""One change for many persons, and taking it back where nobody changed them since."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.people.models import CompanyMember, Person
from rapport.people.queries import companies, require_companies
from rapport.people.services import families, profile
from rapport.people.services.changes import COMPANIES, mark, mark_changed
from rapport.people.services.profile import TraitUpdate
from rapport.people.values.schema import PERSON

What = Mapping[str, Any]


def trait_change(actor: Actor, name: str, value: Any) -> dict[str, Any]:
    """What `set_trait` needs. Raises ValidationError for a value that does not fit."""
    ((trait, fit),) = profile.checked(actor, PERSON, {name: value}).items()
    return {"trait": trait, "value": fit, "message_id": str(uuid.uuid4())}


def set_trait(*, actor: Actor, what: What, people: QuerySet[Person], clock: Clock = SYSTEM) -> dict[str, Any]:
    """Sets the trait of all of them; returns {person id: the value before}."""
    before = _locked(people)
    _set(actor, what["trait"], dict.fromkeys(before, what["value"]), what["message_id"], clock)
    return {str(person): traits.get(what["trait"]) for person, traits in before.items()}


def restore_trait(
    *, actor: Actor, what: What, people: QuerySet[Person], before: Mapping[str, Any], clock: Clock = SYSTEM
) -> None:
    """Gives them back the value before, where it still is the one that was set."""
    values = {
        person: before[str(person)]
        for person, traits in _locked(people).items()
        if traits.get(what["trait"]) == what["value"]
    }
    _set(actor, what["trait"], values, str(uuid.uuid4()), clock)


def _locked(people: QuerySet[Person]) -> dict[uuid.UUID, Any]:
    """{person: traits} of those who still are among them once everything under way on their families has ended."""
    families.lock(people.values_list("pk", flat=True))
    return dict(people.values_list("pk", "traits"))


def _set(actor: Actor, trait: str, values: Mapping[uuid.UUID, Any], message_id: str, clock: Clock) -> None:
    now, source = clock.now(), f"by hand: {actor.label}"
    updates = [
        TraitUpdate(person, {trait: value}, now, source, message_id, actor.label)
        for person, value in values.items()
    ]
    mark(profile.apply_traits(updates))


def company_change(actor: Actor, company_id: uuid.UUID, role: str) -> dict[str, Any]:
    """What `add_to_company` needs. Raises ValidationError for a company that is not there."""
    company = companies(actor).filter(pk=company_id, archived_at=None).first()
    if company is None:
        raise ValidationError({"company": _("Choose a company from the list.")})
    require_companies(actor, "people.edit", [company.pk])
    return {"company": str(company.pk), "name": str(company), "role": role[:120]}


def add_to_company(
    *, actor: Actor, what: What, people: QuerySet[Person], clock: Clock = SYSTEM
) -> dict[str, Any]:
    """Makes all of them members; returns {person id: True} of those who were none before."""
    company = uuid.UUID(what["company"])
    require_companies(actor, "people.edit", [company])
    new = list(people.exclude(companymember__company_id=company).values_list("pk", flat=True))
    now = clock.now()
    CompanyMember.objects.bulk_create(
        [CompanyMember(company_id=company, person_id=person, role=what["role"], since=now) for person in new],
        ignore_conflicts=True,
    )
    mark_changed(new, COMPANIES)
    return {str(person): True for person in new}


def leave_company(*, actor: Actor, what: What, people: QuerySet[Person]) -> None:
    """Takes them out of the company again."""
    require_companies(actor, "people.edit", [uuid.UUID(what["company"])])
    leaving = list(people.values_list("pk", flat=True))
    CompanyMember.objects.filter(company_id=what["company"], person_id__in=leaving).delete()
    mark_changed(leaving, COMPANIES)
