"""Building blocks of the apps' REST APIs: keys, problems, pages, idempotent writes."""

from rapport.core.api.auth import BearerKey
from rapport.core.api.pages import Limit, Page, cursor_page, seal, unseal
from rapport.core.api.problems import Problem, ProblemBody, refusals
from rapport.core.api.root import RapportAPI
from rapport.core.api.schemas import InputSchema, Schema

__all__ = [
    "BearerKey",
    "InputSchema",
    "Limit",
    "Page",
    "Problem",
    "ProblemBody",
    "RapportAPI",
    "Schema",
    "cursor_page",
    "refusals",
    "seal",
    "unseal",
]
