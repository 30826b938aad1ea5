"""The one profile per customer: persons, what identifies them, companies, and the journal of merges."""

from rapport.people.models.changes import ChangeSet
from rapport.people.models.companies import Company, CompanyMember
from rapport.people.models.exports import Export
from rapport.people.models.imports import Import, ImportChunk, ImportMapping
from rapport.people.models.merges import Merge
from rapport.people.models.persons import Identifier, Person

__all__ = [
    "ChangeSet",
    "Company",
    "CompanyMember",
    "Export",
    "Identifier",
    "Import",
    "ImportChunk",
    "ImportMapping",
    "Merge",
    "Person",
]
