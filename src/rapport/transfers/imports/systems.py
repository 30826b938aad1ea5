"""Exports of other systems, recognised by their columns, with what each column means here.

Sources: HubSpot's default contact export and property names; Mailchimp's "View or download your data" (members
export: one CSV each for subscribed, unsubscribed and cleaned); Mautic's contact CSV export; Salesforce's Contact
and Lead object fields and report column labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Column = dict[str, Any]


def _trait(key: str, kind: str = "text") -> Column:
    return {"to": "trait", "key": key, "type": kind}


EMAIL: Column = {"to": "identifier", "type": "email"}
PHONE: Column = {"to": "identifier", "type": "phone"}
COMPANY: Column = {"to": "company", "part": "name"}
SINCE: Column = {"to": "first_seen"}
CHANGED: Column = {"to": "changed_at"}
TAGS: Column = {"to": "tags"}


def _consent(part: str) -> Column:
    return {"to": "consent", "part": f"newsletter:email:{part}"}


def _out(channel: str) -> Column:
    """Opting out of a channel is about every purpose."""
    return {"to": "consent", "part": f"*:{channel}:optout"}


@dataclass(frozen=True, slots=True)
class System:
    """`needs`: headers that all must be there; `columns` by header, lower case. `fixed` go with every row."""

    name: str
    label: str
    needs: Sequence[frozenset[str]]
    columns: dict[str, Column]
    fixed: Sequence[Column] = field(default_factory=tuple)


_PERSON = {
    "first name": _trait("first_name"), "last name": _trait("last_name"), "phone number": PHONE,
    "phone": PHONE, "city": _trait("city"), "postal code": _trait("postcode"), "title": _trait("title"),
}  # fmt: skip

HUBSPOT = System(
    "hubspot", "HubSpot",
    (frozenset({"record id", "email"}), frozenset({"hs_object_id", "email"}),
     frozenset({"contact id", "email", "lifecycle stage"})),
    {
        **_PERSON,
        "record id": _trait("hubspot_id"), "contact id": _trait("hubspot_id"), "hs_object_id": _trait("hubspot_id"),
        "email": EMAIL, "mobile phone number": PHONE, "mobilephone": PHONE, "firstname": _trait("first_name"),
        "lastname": _trait("last_name"), "contact owner": _trait("owner"), "hubspot_owner_id": _trait("owner"),
        "associated company": COMPANY, "company name": COMPANY, "company": COMPANY,
        "lifecycle stage": _trait("hubspot_lifecycle_stage"), "lifecyclestage": _trait("hubspot_lifecycle_stage"),
        "lead status": _trait("lead_status"), "create date": SINCE, "createdate": SINCE,
        "last modified date": CHANGED, "lastmodifieddate": CHANGED,
        "unsubscribed from all email": _out("email"), "hs_email_optout": _out("email"),
        "email hard bounce reason": {"to": "suppression", "part": "email:bounced"},
        "hs_email_hard_bounce_reason_enum": {"to": "suppression", "part": "email:bounced"},
        "legal basis for processing contact's data": _trait("legal_basis"),
    },
)  # fmt: skip

MAILCHIMP = System(
    "mailchimp", "Mailchimp",
    (frozenset({"email address", "optin_time", "leid"}), frozenset({"email address", "last_changed", "euid"})),
    {
        **_PERSON,
        "email address": EMAIL, "address": _trait("address"), "birthday": _trait("birthday"),
        "member_rating": _trait("mailchimp_rating", "number"), "tags": TAGS, "leid": _trait("mailchimp_leid"),
        "euid": _trait("mailchimp_euid"), "notes": _trait("notes"), "last_changed": CHANGED,
        "optin_time": SINCE, "optin_ip": _consent("ip"), "confirm_time": _consent("at"),
        "confirm_ip": _consent("confirm_ip"),
        "cc": _trait("country"), "region": _trait("region"), "timezone": _trait("time_zone"),
        "unsub_time": _consent("withdrawn_at"), "unsub_reason": _consent("reason"),
        "unsub_campaign_title": _consent("source"),
        "clean_time": {"to": "suppression", "part": "email:bounced"},
    },
)  # fmt: skip

MAUTIC = System(
    "mautic", "Mautic",
    (frozenset({"firstname", "lastname", "email", "points"}), frozenset({"email", "date_identified"}),
     frozenset({"email", "dateidentified"})),
    {
        **_PERSON,
        "id": _trait("mautic_id"), "email": EMAIL, "mobile": PHONE, "firstname": _trait("first_name"),
        "lastname": _trait("last_name"), "company": COMPANY, "companyname": COMPANY, "position": _trait("title"),
        "points": _trait("mautic_points", "number"), "owner": _trait("owner"), "ownerbyusername": _trait("owner"),
        "address1": _trait("street"), "address2": _trait("street_2"), "zipcode": _trait("postcode"),
        "state": _trait("region"), "country": _trait("country"), "tags": TAGS, "stage": _trait("mautic_stage"),
        "dateadded": SINCE, "date_added": SINCE, "datemodified": CHANGED, "date_modified": CHANGED,
        "donotcontact": _out("*"), "do_not_contact": _out("*"), "doNotEmail": _out("email"),
        "last_active": _trait("mautic_last_active", "date"),
    },
)  # fmt: skip

SALESFORCE = System(
    "salesforce", "Salesforce",
    (
        frozenset({"contact id", "email", "account name"}), frozenset({"lead id", "email"}),
        frozenset({"id", "hasoptedoutofemail", "email"}), frozenset({"contact id", "email opt out"}),
        frozenset({"first name", "last name", "account name", "email"}),
    ),
    {
        **_PERSON,
        "contact id": _trait("salesforce_id"), "lead id": _trait("salesforce_id"), "id": _trait("salesforce_id"),
        "email": EMAIL, "mobile": PHONE, "mobilephone": PHONE, "firstname": _trait("first_name"),
        "lastname": _trait("last_name"), "account name": COMPANY, "company / account": COMPANY, "company": COMPANY,
        "account id": {"to": "ignore"}, "contact owner": _trait("owner"), "lead owner": _trait("owner"),
        "ownerid": _trait("owner"), "mailing street": _trait("street"), "mailing city": _trait("city"),
        "mailing zip/postal code": _trait("postcode"), "mailing state/province": _trait("region"),
        "mailing country": _trait("country"), "lead source": _trait("lead_source"), "leadsource": _trait("lead_source"),
        "lead status": _trait("lead_status"), "birthdate": _trait("birthday", "date"), "created date": SINCE,
        "createddate": SINCE, "last modified date": CHANGED, "lastmodifieddate": CHANGED,
        "email opt out": _out("email"), "hasoptedoutofemail": _out("email"),
        "do not call": _out("phone"),
        "donotcall": _out("phone"),
        "email bounced date": {"to": "suppression", "part": "email:bounced"},
        "emailbounceddate": {"to": "suppression", "part": "email:bounced"},
    },
)  # fmt: skip

SYSTEMS = (MAILCHIMP, HUBSPOT, SALESFORCE, MAUTIC)


def recognised(headers: Sequence[str]) -> System | None:
    """The system whose export has these columns."""
    names = {header.strip().lower() for header in headers}
    return next((system for system in SYSTEMS if any(needed <= names for needed in system.needs)), None)


def named(name: str) -> System | None:
    return next((system for system in SYSTEMS if system.name == name), None)


def columns(system: System, headers: Sequence[str]) -> dict[str, Column]:
    """{header: what it means}, for the headers the system is known to write."""
    by_header = {header.lower(): column for header, column in system.columns.items()}
    return {
        header: by_header[header.strip().lower()] for header in headers if header.strip().lower() in by_header
    }


def fixed(system: System, headers: Sequence[str]) -> list[Column]:
    """What every row of such a file says without a column for it."""
    names = {header.strip().lower() for header in headers}
    result = [dict(column) for column in system.fixed]
    if system is MAILCHIMP:
        if "unsub_time" in names:
            result.append({**_consent("state"), "value": "unsubscribed"})
            result.append({"to": "suppression", "part": "email:unsubscribed", "value": "yes"})
        elif "clean_time" not in names:
            result.append({**_consent("state"), "value": "subscribed"})
            result.append({**_consent("source"), "value": "Mailchimp audience"})
    return result
