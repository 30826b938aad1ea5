"""The one profile per customer: persons, what identifies them, companies, and the journal of merges."""

from rapport.people.models.changes import ChangeSet
from rapport.people.models.companies import Company, CompanyMember
from rapport.people.models.company_merges import CompanyDomain, CompanyMerge
from rapport.people.models.definitions import (
    RejectedFact,
    SourceRule,
    TraitDefinition,
    TraitPolicy,
    TraitRecompute,
)
from rapport.people.models.identity import IdentifierType, SharedIdentifier
from rapport.people.models.merges import Merge, NotSame, UnmergedProfile
from rapport.people.models.persons import Identifier, Person
from rapport.people.models.relations import Relationship, RelationshipType

__all__ = [
    "ChangeSet",
    "Company",
    "CompanyDomain",
    "CompanyMember",
    "CompanyMerge",
    "Identifier",
    "IdentifierType",
    "Merge",
    "NotSame",
    "Person",
    "RejectedFact",
    "Relationship",
    "RelationshipType",
    "SharedIdentifier",
    "SourceRule",
    "TraitDefinition",
    "TraitPolicy",
    "TraitRecompute",
    "UnmergedProfile",
]
