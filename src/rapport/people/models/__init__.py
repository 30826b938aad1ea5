"""The one profile per customer: persons, what identifies them, companies, and the journal of merges."""

from rapport.people.models.bulk import BulkChange, BulkChangeItem
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
from rapport.people.models.exports import Export
from rapport.people.models.identity import IdentifierType, SharedIdentifier
from rapport.people.models.imports import Import, ImportChunk, ImportMapping
from rapport.people.models.matching import MatchCandidate, MatchDecision, MatchKind, MatchPolicy, MatchRun
from rapport.people.models.merges import Merge, NotSame, Part
from rapport.people.models.persons import Identifier, Person
from rapport.people.models.relations import Relationship, RelationshipType
from rapport.people.models.standards import StandardItem, StandardRun

__all__ = [
    "BulkChange",
    "BulkChangeItem",
    "ChangeSet",
    "Company",
    "CompanyDomain",
    "CompanyMember",
    "CompanyMerge",
    "Export",
    "Identifier",
    "IdentifierType",
    "Import",
    "ImportChunk",
    "ImportMapping",
    "MatchCandidate",
    "MatchDecision",
    "MatchKind",
    "MatchPolicy",
    "MatchRun",
    "Merge",
    "NotSame",
    "Part",
    "Person",
    "RejectedFact",
    "Relationship",
    "RelationshipType",
    "SharedIdentifier",
    "SourceRule",
    "StandardItem",
    "StandardRun",
    "TraitDefinition",
    "TraitPolicy",
    "TraitRecompute",
]
