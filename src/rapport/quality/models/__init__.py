"""How good the data is: likely duplicates and what was decided, repairs, and measures day by day."""

from rapport.quality.models.cleansing import RepairItem, RepairRun
from rapport.quality.models.completeness import QualityFinding, QualityPolicy, QualityRun, QualitySnapshot
from rapport.quality.models.matching import (
    MatchCandidate,
    MatchDecision,
    MatchKind,
    MatchPolicy,
    MatchRun,
    MatchSample,
)

__all__ = [
    "MatchCandidate",
    "MatchDecision",
    "MatchKind",
    "MatchPolicy",
    "MatchRun",
    "MatchSample",
    "QualityFinding",
    "QualityPolicy",
    "QualityRun",
    "QualitySnapshot",
    "RepairItem",
    "RepairRun",
]
