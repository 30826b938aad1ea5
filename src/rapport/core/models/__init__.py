from rapport.core.models.access import ApiKey, Role, Team, User
from rapport.core.models.audit import AuditEntry
from rapport.core.models.bulk import BulkChange, BulkChangeItem
from rapport.core.models.incarnations import Incarnation, JournalLine
from rapport.core.models.jobs import Job, Leased
from rapport.core.models.live import Comment, Notice, Presence
from rapport.core.models.outbox import IdempotentRequest, OutboxEvent
from rapport.core.models.owned import Owned, OwnedQuerySet, OwnerChange, covered, within_reach
from rapport.core.models.spool import SpoolBlock
from rapport.core.models.workspace import DefaultView, SavedView, Workspace

__all__ = [
    "ApiKey",
    "AuditEntry",
    "BulkChange",
    "BulkChangeItem",
    "Comment",
    "DefaultView",
    "IdempotentRequest",
    "Incarnation",
    "Job",
    "JournalLine",
    "Leased",
    "Notice",
    "OutboxEvent",
    "Owned",
    "OwnedQuerySet",
    "OwnerChange",
    "Presence",
    "Role",
    "SavedView",
    "SpoolBlock",
    "Team",
    "User",
    "Workspace",
    "covered",
    "within_reach",
]
