"""The search for duplicates: how it is set, each run, the pairs it found, and what was decided about them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from rapport.core.models import Job
from rapport.quality.matching.engine.defaults import AUTO, REVIEW
from rapport.quality.models.runs import Run


class MatchKind(models.TextChoices):
    PERSON = "person", _("People")
    COMPANY = "company", _("Companies")


class MatchPolicy(models.Model):
    """What happens to pairs of one kind: from `auto_at` merged by themselves, from `review_at` shown to somebody.

    Both are probabilities. Nothing is merged by itself until somebody has judged a sample and switched it on.
    `parameters` is the model as the last full run learned it.
    """

    kind = models.CharField(max_length=10, choices=MatchKind.choices, primary_key=True)
    auto_at = models.FloatField(default=AUTO)
    review_at = models.FloatField(default=REVIEW)
    merges_itself = models.BooleanField(default=False)
    nightly = models.BooleanField(default=True)
    nightly_hour = models.PositiveSmallIntegerField(default=2)
    parameters = models.JSONField(null=True, blank=True)
    learned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "match policies"

    def __str__(self) -> str:
        return self.kind


class MatchRun(Run):
    """One search, from being asked for to its end. `since`: only records changed after it are compared with all.

    `job` carries it out; `outcome` is how the job ended, empty while the search is waiting or running.
    """

    kind = models.CharField(max_length=10, choices=MatchKind.choices)
    outcome = models.CharField(max_length=10, choices=Job.State, blank=True, default="")
    since = models.DateTimeField(null=True, blank=True)
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=254)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True, default="")
    auto_at = models.FloatField()
    review_at = models.FloatField()
    merges_itself = models.BooleanField()
    records = models.IntegerField(default=0)
    pairs = models.IntegerField(default=0)
    proposed = models.IntegerField(default=0)
    merged = models.IntegerField(default=0)
    held_back = models.IntegerField(default=0)
    skipped_blocks = models.IntegerField(default=0)
    parameters = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], name="quality_matchrun_one_open", condition=models.Q(outcome="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} run {self.pk}"

    @property
    def state(self) -> str:
        """waiting, running, cancelled, failed or done."""
        return self.outcome or (self.job.state if self.job else Job.State.WAITING)

    @property
    def is_open(self) -> bool:
        return not self.outcome

    @property
    def progress(self) -> float:
        """0 to 1."""
        if self.is_open:
            return self.done / 100
        return 1.0 if self.outcome == Job.State.DONE else 0.0

    @property
    def step(self) -> str:
        """The key of what it is doing."""
        return self.job.stage if self.job else ""


class MatchCandidate(models.Model):
    """Two records that may be one; `one_id` sorts before `other_id`.

    `evidence` is [{"field", "level", "weight"}], strongest first: how alike they are, never their values.
    `weight` is the sum in bits, `probability` what it makes of it. `held_back`: strong enough to be merged
    by itself, but the groups it would join hardly look alike. `contradicts`: first name, birthday or a verified
    identifier say that they are two, so that only a person may merge them.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="candidates")
    kind = models.CharField(max_length=10, choices=MatchKind.choices)
    one_id = models.UUIDField()
    other_id = models.UUIDField(db_index=True)
    probability = models.FloatField()
    weight = models.FloatField()
    evidence = models.JSONField(default=list)
    held_back = models.BooleanField(default=False)
    contradicts = models.BooleanField(default=False)
    found_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one_id", "other_id"], name="quality_matchcandidate_unique"),
        ]
        indexes = [models.Index(fields=["kind", "-probability", "id"], name="quality_match_queue")]

    def __str__(self) -> str:
        return f"{self.one_id} ~ {self.other_id}"


class MatchDecision(models.Model):
    """What somebody, or the rule, said about a pair. The newest that is not undone stands."""

    class Verdict(models.TextChoices):
        MERGED = "merged", _("Merged")
        APART = "apart", _("Not the same")
        LATER = "later", _("Skipped")

    id = models.BigAutoField(primary_key=True)
    candidate = models.ForeignKey(MatchCandidate, on_delete=models.CASCADE, related_name="decisions")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    probability = models.FloatField()
    automatic = models.BooleanField(default=False)
    survivor_id = models.UUIDField(null=True, blank=True)
    merge_id = models.BigIntegerField(null=True, blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=254)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["candidate"], name="quality_matchdecision_one", condition=models.Q(undone_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.decided_by}"


class MatchSample(models.Model):
    """Pairs drawn at random from bands of likelihood, for somebody to judge before anything is merged by itself.

    `bands` is [{"lowest", "highest", "pairs", "drawn"}], likeliest first: how many pairs the band held that would have
    been merged without asking, and the ids of the candidates that were drawn from it.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, choices=MatchKind.choices)
    drawn_at = models.DateTimeField()
    drawn_by = models.CharField(max_length=254)
    bands = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.kind} sample {self.pk}"
