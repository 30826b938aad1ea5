"""What is carried in and out: imports, exports, files read on a schedule, and webhooks received."""

from rapport.transfers.models.exports import Export
from rapport.transfers.models.files import FileFeed, FileRowError, FileRun
from rapport.transfers.models.imports import Import, ImportChunk, ImportMapping
from rapport.transfers.models.webhooks import Received, Webhook

__all__ = [
    "Export",
    "FileFeed",
    "FileRowError",
    "FileRun",
    "Import",
    "ImportChunk",
    "ImportMapping",
    "Received",
    "Webhook",
]
