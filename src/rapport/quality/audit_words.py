"""What the audit log calls what is done about duplicates, repairs and measurements."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.core.audit_log import AuditedRecord, Names, register, the_one
from rapport.quality.cleansing.repairs import REPAIRS
from rapport.quality.models import RepairRun

ACTIONS = {
    "matching.merged": _("Merged two records as duplicates: %(one)s and %(other)s"),
    "matching.apart": _("Decided that %(one)s and %(other)s are not the same"),
    "matching.later": _("Skipped a pair of possible duplicates: %(one)s and %(other)s"),
    "matching.decision_undone": _("Undid a decision about %(record)s"),
    "matching.policy_set": _("Changed the settings for %(record)s"),
    "matching.run_requested": _("Started a search for duplicates"),
    "matching.sample_drawn": _("Drew a sample of likely duplicates"),
    "matching.run_cancelled": _("Cancelled a search for duplicates"),
    "repair.looked": _("Previewed the repair %(record)s"),
    "repair.rows_left_alone": _("Excluded %(rows)s rows from the repair %(record)s"),
    "repair.rows_taken_in": _("Included %(rows)s rows in the repair %(record)s"),
    "repair.started": _("Started the repair %(record)s of %(rows)s rows"),
    "repair.taken_back": _("Started undoing the repair %(record)s of %(rows)s rows"),
    "repair.discarded": _("Discarded the repair %(record)s"),
    "quality.policy_set": _("Changed what counts in %(record)s"),
    "quality.measured": _("Started a measurement of data quality"),
}


def _runs(_actor: Actor, ids: Sequence[str]) -> Names:
    rows = RepairRun.objects.filter(pk__in=[value for value in ids if value.isdigit()])
    names = {key: str(repair.label) for key, repair in REPAIRS.items()}
    return {
        str(run.pk): (names.get(run.repair, run.repair), reverse("quality:repair", args=[run.pk]))
        for run in rows
    }


def register_words() -> None:
    register(
        ACTIONS,
        AuditedRecord(
            "match_candidate",
            _("Pair of possible duplicates"),
            the_one(_("a pair"), "quality:duplicates"),
            {"one": "person", "other": "person"},
        ),
        AuditedRecord("match_policy", _("Duplicates"), the_one(_("duplicates"), "quality:match_settings")),
        AuditedRecord("match_run", _("Search for duplicates")),
        AuditedRecord("repair_run", _("Repair"), _runs),
        AuditedRecord(
            "quality_policy", _("Data quality"), the_one(_("data quality"), "quality:quality_settings")
        ),
        AuditedRecord("quality_run", _("Measurement of data quality")),
    )
