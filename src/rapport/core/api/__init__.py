"""What every app's REST API is made of: keys, problems, pages, and writes that are safe to repeat."""

from rapport.core.api.auth import BearerKey, actor_of
from rapport.core.api.pages import Limit, Page, cursor_page, seal, unseal
from rapport.core.api.problems import Problem, ProblemBody
from rapport.core.api.root import RapportAPI
from rapport.core.api.schemas import Schema

__all__ = [
    "BearerKey",
    "Limit",
    "Page",
    "Problem",
    "ProblemBody",
    "RapportAPI",
    "Schema",
    "actor_of",
    "cursor_page",
    "seal",
    "unseal",
]
