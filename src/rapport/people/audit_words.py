"""What the audit log calls what is done to people, companies, traits, identifier types and relationships."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.core.audit_log import AuditedRecord, Names, named, register
from rapport.people import queries
from rapport.people.models import RelationshipType, TraitDefinition

ACTIONS = {
    "person.traits_set": _("Edited %(record)s: %(names)s"),
    "person.merged": _("Merged %(absorbed)s into %(record)s"),
    "person.kept_apart": _("Marked %(record)s and %(other)s as different people"),
    "person.merging_allowed": _("Allowed merging of %(record)s and %(other)s"),
    "person.assigned": _("Assigned the owner or team of %(record)s"),
    "merge.undone": _("Undid a merge: %(separated)s is separate from %(record)s again"),
    "relationship.added": _("Added a relationship to %(record)s"),
    "relationship.ended": _("Changed when a relationship of %(record)s ends"),
    "relationship.removed": _("Removed a relationship of %(record)s"),
    "relationship.type_added": _("Added the relationship type %(record)s"),
    "relationship.type_archived": _("Archived the relationship type %(record)s"),
    "relationship.type_restored": _("Restored the relationship type %(record)s"),
    "company.created": _("Added the company %(record)s"),
    "company.changed": _("Edited the company %(record)s"),
    "company.traits_set": _("Edited %(record)s: %(names)s"),
    "company.archived": _("Archived the company %(record)s"),
    "company.restored": _("Restored the company %(record)s"),
    "company.member_set": _("Made %(person)s a member of %(record)s, or edited the membership"),
    "company.member_removed": _("Removed %(person)s from %(record)s"),
    "company.merged": _("Merged %(absorbed)s into %(record)s"),
    "company.merge_undone": _("Undid a merge: %(absorbed)s is separate from %(record)s again"),
    "company.assigned": _("Assigned the owner or team of %(record)s"),
    "trait.defined": _("Defined the trait %(record)s"),
    "trait.changed": _("Edited the trait %(record)s"),
    "trait.archived": _("Archived the trait %(record)s"),
    "trait.restored": _("Restored the trait %(record)s"),
    "trait.priority_set": _("Set the source priority of %(record)s"),
    "trait.priority_removed": _("Removed the source priority of %(record)s"),
    "identifier_type.saved": _("Saved the identifier type %(record)s"),
    "identifier_type.removed": _("Removed the identifier type %(record)s"),
}


def _traits(_actor: Actor, ids: Sequence[str]) -> Names:
    """By "entity:key"; "default" is the priority of all traits."""
    labels = {(row.entity, row.key): row.label for row in TraitDefinition.objects.all()}
    names: dict[str, tuple[str, str]] = {}
    for value in ids:
        entity, _colon, key = value.partition(":")
        label = _("all traits") if key == "default" else labels.get((entity, key), key)
        names[value] = (str(label), reverse("people_settings:settings_traits"))
    return names


def _identifier_types(_actor: Actor, ids: Sequence[str]) -> Names:
    return {value: (value, reverse("people:identifier_type", args=[value])) for value in ids}


def _relationship_types(_actor: Actor) -> Any:
    return RelationshipType.objects.all()


PERSON = AuditedRecord(
    "person",
    _("Person"),
    named(queries.people_and_merged, "people:profile", label=""),
    {"absorbed": "person", "other": "person", "separated": "person"},
)
COMPANY = AuditedRecord(
    "company",
    _("Company"),
    named(queries.companies, "people:company", label=""),
    {"absorbed": "company", "person": "person"},
)


def register_words() -> None:
    register(
        ACTIONS,
        PERSON,
        COMPANY,
        AuditedRecord("trait", _("Trait"), _traits),
        AuditedRecord("identifier_type", _("Identifier type"), _identifier_types),
        AuditedRecord(
            "relationship_type",
            _("Relationship type"),
            named(_relationship_types, label="label", key="key"),
        ),
    )
