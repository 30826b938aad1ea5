"""What a trait definition says, and the definitions that come with Rapport (Segment's reserved traits)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rapport.people.values.types import TraitRule, TraitType

PERSON, COMPANY = "person", "company"
ENTITIES = ((PERSON, _("Person")), (COMPANY, _("Company")))


# Sources of what Rapport works out of everything else by itself; nobody said it.
COMPUTED = frozenset({"computed", "lifecycle"})


@dataclass(frozen=True, slots=True)
class Definition:
    """One trait as the business wants it. `is_predefined`: it comes with Rapport and was not changed."""

    key: str
    label: str | Promise
    kind: str = TraitType.TEXT
    entity: str = PERSON
    description: str | Promise = ""
    rule: TraitRule = field(default_factory=TraitRule)
    currency: str = ""
    section: str | Promise = ""
    position: int = 100
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    is_personal: bool = False
    is_column: bool = False
    is_read_only: bool = False
    is_archived: bool = False
    is_predefined: bool = True

    @property
    def options(self) -> tuple[str, ...]:
        return self.rule.options


IDENTITY, CONTACT, ABOUT = _("Name"), _("Contact"), _("About")


def _built_in(
    key: str, label: Any, kind: TraitType, section: Any, position: int, *aliases: str, **more: Any
) -> Definition:
    rule = TraitRule(kind)
    return Definition(
        key,
        label,
        kind,
        rule=rule,
        section=section,
        position=position,
        aliases=aliases,
        is_personal=True,
        **more,
    )


PERSON_TRAITS = (
    _built_in("name", _("Name"), TraitType.TEXT, IDENTITY, 10, "full_name", "fullName"),
    _built_in(
        "first_name", _("First name"), TraitType.TEXT, IDENTITY, 11, "firstName", "firstname", "given_name"
    ),
    _built_in(
        "last_name", _("Last name"), TraitType.TEXT, IDENTITY, 12, "lastName", "lastname", "family_name"
    ),
    _built_in("title", _("Job title"), TraitType.TEXT, ABOUT, 31, "jobTitle", "job_title"),
    _built_in("email", _("Email"), TraitType.EMAIL, CONTACT, 20, "emailAddress", "email_address"),
    _built_in("phone", _("Phone"), TraitType.PHONE, CONTACT, 21, "phoneNumber", "phone_number"),
    _built_in("address", _("Address"), TraitType.JSON, CONTACT, 22),
    _built_in("website", _("Website"), TraitType.URL, CONTACT, 23),
    _built_in("company", _("Company"), TraitType.JSON, ABOUT, 30),
    _built_in(
        "birthday", _("Birthday"), TraitType.DATE, ABOUT, 32, "dateOfBirth", "date_of_birth", "birthdate"
    ),
    _built_in("age", _("Age"), TraitType.WHOLE, ABOUT, 33),
    _built_in("gender", _("Gender"), TraitType.TEXT, ABOUT, 34),
    _built_in("avatar", _("Picture"), TraitType.URL, ABOUT, 35, "avatarUrl", "avatar_url"),
    _built_in("created_at", _("Customer since"), TraitType.MOMENT, ABOUT, 36, "createdAt"),
)


def _of_company(key: str, label: Any, kind: TraitType, position: int, *aliases: str) -> Definition:
    return Definition(
        key, label, kind, COMPANY, rule=TraitRule(kind), section=ABOUT, position=position, aliases=aliases
    )


COMPANY_TRAITS = (
    _of_company("name", _("Name"), TraitType.TEXT, 10),
    _of_company("website", _("Website"), TraitType.URL, 20),
    _of_company("email", _("Email"), TraitType.EMAIL, 21),
    _of_company("phone", _("Phone"), TraitType.PHONE, 22, "phoneNumber", "phone_number"),
    _of_company("address", _("Address"), TraitType.JSON, 23),
    _of_company("industry", _("Industry"), TraitType.TEXT, 30),
    _of_company("employees", _("Employees"), TraitType.WHOLE, 31, "employeeCount", "employee_count"),
    _of_company("plan", _("Plan"), TraitType.TEXT, 32),
    _of_company("avatar", _("Logo"), TraitType.URL, 33),
    _of_company("created_at", _("Customer since"), TraitType.MOMENT, 34, "createdAt"),
)
PREDEFINED = {PERSON: PERSON_TRAITS, COMPANY: COMPANY_TRAITS}
