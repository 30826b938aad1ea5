"""What the audit log calls what is done with experiments."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.audit_log import AuditedRecord, named, register
from rapport.experiments.queries import experiments

ACTIONS = {
    "experiment.created": _("Planned the experiment %(record)s"),
    "experiment.decided": _("Decided the experiment %(record)s"),
    "experiment.started": _("Began the experiment %(record)s"),
    "experiment.stopped": _("Stopped the experiment %(record)s"),
    "holdout.set": _("Set who gets no marketing, so that its effect shows"),
}


def register_words() -> None:
    register(
        ACTIONS,
        AuditedRecord(
            "experiment", _("Experiment"), named(experiments, "experiments:experiment", url_key="key")
        ),
        AuditedRecord("global_holdout", _("Holdout of all marketing"), lambda _actor, _ids: {}),
    )
