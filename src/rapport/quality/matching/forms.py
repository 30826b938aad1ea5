"""The form of the thresholds, in per cent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.revisions import RevisedForm
from rapport.quality.models import MatchPolicy


class PolicyForm(RevisedForm):
    """From where pairs are merged by themselves and shown for review, and whether to search every night."""

    auto_at = forms.FloatField(
        label=_("Merge automatically from (%)"),
        min_value=50,
        max_value=100,
        help_text=_("At 100 almost nothing is merged automatically."),
    )
    review_at = forms.FloatField(
        label=_("Review from (%)"),
        min_value=20,
        max_value=100,
        help_text=_("Lower finds more duplicates, and more pairs that are not."),
    )
    merges_itself = forms.BooleanField(label=_("Merge certain pairs automatically"), required=False)
    nightly = forms.BooleanField(label=_("Search every night"), required=False)
    nightly_hour = forms.IntegerField(label=_("At this hour"), min_value=0, max_value=23)

    @staticmethod
    def values_of(policy: MatchPolicy) -> dict[str, Any]:
        return {
            "auto_at": round(policy.auto_at * 100, 2),
            "review_at": round(policy.review_at * 100, 2),
            "merges_itself": policy.merges_itself,
            "nightly": policy.nightly,
            "nightly_hour": policy.nightly_hour,
        }

    def policy(self) -> dict[str, Any]:
        """What `set_policy` takes."""
        data = dict(self.cleaned_data)
        return data | {"auto_at": data["auto_at"] / 100, "review_at": data["review_at"] / 100}
