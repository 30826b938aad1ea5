"""The built-in kinds of clauses. They enter by the same door as anybody else's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rapport.segments.clauses.company import CompanyClause
from rapport.segments.clauses.consent import ConsentClause
from rapport.segments.clauses.event import EventClause
from rapport.segments.clauses.groups import AllClause, AnyClause, NotClause
from rapport.segments.clauses.identifier import IdentifierClause
from rapport.segments.clauses.profile import ProfileClause
from rapport.segments.clauses.sample import SampleClause
from rapport.segments.clauses.segment import SegmentClause
from rapport.segments.clauses.sequence import SequenceClause
from rapport.segments.clauses.shorthand import ScoreClause
from rapport.segments.clauses.trait import TraitClause
from rapport.segments.language.registry import CLAUSE_KINDS

BUILT_IN = (
    AllClause(),
    AnyClause(),
    NotClause(),
    TraitClause(),
    EventClause(),
    SequenceClause(),
    ConsentClause(),
    IdentifierClause(),
    ProfileClause(),
    CompanyClause(),
    ScoreClause(),
    SampleClause(),
)


def register(segment_names: Callable[[], Mapping[str, str]]) -> None:
    for kind in (*BUILT_IN, SegmentClause(segment_names)):
        CLAUSE_KINDS.register(kind)
