"""Consent per purpose and channel, suppression, and requests of the people themselves."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.people.models import Person


class Purpose(models.Model):
    """What personal data is used for. `basis` is the legal basis of GDPR article 6(1)."""

    class Basis(models.TextChoices):
        CONSENT = "consent", _("Consent")
        CONTRACT = "contract", _("Contract")
        LEGITIMATE_INTEREST = "legitimate_interest", _("Legitimate interest")
        LEGAL_OBLIGATION = "legal_obligation", _("Legal obligation")

    key = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    basis = models.CharField(max_length=24, choices=Basis, default=Basis.CONSENT)
    position = models.SmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def is_marketing(self) -> bool:
        """Whether people may refuse it: then the frequency cap and quiet hours hold, and a way out is offered."""
        return self.basis in MARKETING


MARKETING = (Purpose.Basis.CONSENT.value, Purpose.Basis.LEGITIMATE_INTEREST.value)


class ConsentRecord(models.Model):
    """One line of the consent ledger; lines are only ever added (except by erasure).

    `evidence` holds wording, wording hash, form version, page, and the like. `event_message_id` names the
    event it came with, so a repeated event adds no second line. `address_hash` is the keyed hash of the address that
    the person had on the channel then.
    """

    class State(models.TextChoices):
        GRANTED = "granted", _("Granted")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    id = models.BigAutoField(primary_key=True)
    # Persons and purposes are never deleted, so the database is spared the check of each line.
    person = models.ForeignKey(
        Person,
        on_delete=models.CASCADE,
        related_name="consent_records",
        db_index=False,
        db_constraint=False,
    )
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    channel = models.CharField(max_length=16)
    state = models.CharField(max_length=12, choices=State)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=120)
    actor = models.CharField(max_length=254)
    event_message_id = models.CharField(max_length=100, blank=True, default="")
    address_hash = models.CharField(max_length=64, blank=True, default="")
    evidence = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["person", "-id"], name="governance_consent_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose", "channel", "event_message_id"],
                condition=~models.Q(event_message_id=""),
                name="governance_record_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.purpose_id}/{self.channel} {self.state}"


class Consent(models.Model):
    """The state now: the newest ledger line (by `at`) of a person, purpose and channel.

    It is written from ledger lines by the statement that adds them, so their constraints are its own.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="consents", db_index=False, db_constraint=False
    )
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    channel = models.CharField(max_length=16)
    state = models.CharField(max_length=12, choices=ConsentRecord.State)
    at = models.DateTimeField()
    record = models.ForeignKey(
        ConsentRecord, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "purpose", "channel"], name="governance_consent_unique")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.purpose_id}/{self.channel} {self.state}"


class AddressWithdrawal(models.Model):
    """The last time that consent to a purpose was withdrawn for an address, by whoever is reached there.

    It outlives the person who withdrew, and holds for everybody else with that address until they agree themselves,
    later and for this very address.
    """

    id = models.BigAutoField(primary_key=True)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    channel = models.CharField(max_length=16)
    address_hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address_hash", "purpose", "channel"], name="governance_address_withdrawal_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose_id}/{self.channel} withdrawn"


class Suppression(models.Model):
    """An address that nothing is sent to, kept as a keyed hash so that it survives erasure and imports."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed from everything")
        BOUNCED = "bounced", _("Address does not exist")
        COMPLAINED = "complained", _("Marked as spam")
        ERASED = "erased", _("Asked to be forgotten")
        MANUAL = "manual", _("Added by hand")

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=16)
    address_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=16, choices=Reason)
    at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "address_hash"], name="governance_suppression_unique")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason}"


class SubjectRequest(models.Model):
    """A person's request under GDPR articles 15 to 21, and what became of it."""

    class Kind(models.TextChoices):
        EXPORT = "export", _("Copy of the data")
        ERASURE = "erasure", _("Erasure")

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=Kind)
    person_id = models.UUIDField()
    requested_at = models.DateTimeField(default=timezone.now)
    requested_by = models.CharField(max_length=254)
    completed_at = models.DateTimeField(null=True, blank=True)
    receipt = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"
