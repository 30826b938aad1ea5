"""What insights keeps of its own: how good the data was, day by day."""

from rapport.insights.models.quality import QualityFinding, QualityPolicy, QualityRun, QualitySnapshot

__all__ = ["QualityFinding", "QualityPolicy", "QualityRun", "QualitySnapshot"]
