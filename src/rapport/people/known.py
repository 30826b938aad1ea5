"""What a trait definition says, and the definitions that come with Rapport (Segment's reserved traits)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rapport.people.kinds import Kind, Rule

PERSON, COMPANY = "person", "company"
ENTITIES = ((PERSON, _("Person")), (COMPANY, _("Company")))


# Sources of what Rapport works out of everything else by itself; nobody said it.
DERIVED = frozenset({"computed", "lifecycle"})


@dataclass(frozen=True, slots=True)
class Definition:
    """One trait as the business wants it. `is_known`: it comes with Rapport and was not changed."""

    key: str
    label: str | Promise
    kind: str = Kind.TEXT
    entity: str = PERSON
    description: str | Promise = ""
    rule: Rule = field(default_factory=Rule)
    currency: str = ""
    section: str | Promise = ""
    position: int = 100
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    is_personal: bool = False
    is_column: bool = False
    is_searchable: bool = False
    is_read_only: bool = False
    is_archived: bool = False
    is_known: bool = True

    @property
    def options(self) -> tuple[str, ...]:
        return self.rule.options


IDENTITY, CONTACT, ABOUT = _("Name"), _("Contact"), _("About")


def _known(
    key: str, label: Any, kind: Kind, section: Any, position: int, *aliases: str, **more: Any
) -> Definition:
    rule = Rule(kind)
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
    _known("name", _("Name"), Kind.TEXT, IDENTITY, 10, "full_name", "fullName"),
    _known("first_name", _("First name"), Kind.TEXT, IDENTITY, 11, "firstName", "firstname", "given_name"),
    _known("last_name", _("Last name"), Kind.TEXT, IDENTITY, 12, "lastName", "lastname", "family_name"),
    _known("title", _("Job title"), Kind.TEXT, ABOUT, 31, "jobTitle", "job_title"),
    _known("email", _("E-mail"), Kind.EMAIL, CONTACT, 20, "emailAddress", "email_address"),
    _known("phone", _("Phone"), Kind.PHONE, CONTACT, 21, "phoneNumber", "phone_number"),
    _known("address", _("Address"), Kind.JSON, CONTACT, 22),
    _known("website", _("Website"), Kind.URL, CONTACT, 23),
    _known("company", _("Company"), Kind.JSON, ABOUT, 30),
    _known("birthday", _("Birthday"), Kind.DATE, ABOUT, 32, "dateOfBirth", "date_of_birth", "birthdate"),
    _known("age", _("Age"), Kind.WHOLE, ABOUT, 33),
    _known("gender", _("Gender"), Kind.TEXT, ABOUT, 34),
    _known("avatar", _("Picture"), Kind.URL, ABOUT, 35, "avatarUrl", "avatar_url"),
    _known("created_at", _("Customer since"), Kind.MOMENT, ABOUT, 36, "createdAt"),
)


def _of_company(key: str, label: Any, kind: Kind, position: int, *aliases: str) -> Definition:
    return Definition(
        key, label, kind, COMPANY, rule=Rule(kind), section=ABOUT, position=position, aliases=aliases
    )


COMPANY_TRAITS = (
    _of_company("name", _("Name"), Kind.TEXT, 10),
    _of_company("website", _("Website"), Kind.URL, 20),
    _of_company("email", _("E-mail"), Kind.EMAIL, 21),
    _of_company("phone", _("Phone"), Kind.PHONE, 22, "phoneNumber", "phone_number"),
    _of_company("address", _("Address"), Kind.JSON, 23),
    _of_company("industry", _("Industry"), Kind.TEXT, 30),
    _of_company("employees", _("Employees"), Kind.WHOLE, 31, "employeeCount", "employee_count"),
    _of_company("plan", _("Plan"), Kind.TEXT, 32),
    _of_company("avatar", _("Logo"), Kind.URL, 33),
    _of_company("created_at", _("Customer since"), Kind.MOMENT, 34, "createdAt"),
)
KNOWN = {PERSON: PERSON_TRAITS, COMPANY: COMPANY_TRAITS}
