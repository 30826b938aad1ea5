"""Consent per purpose and channel, and what people choose beside it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
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
    # For how long a consent is good, if it ends at all.
    valid_for_days = models.PositiveIntegerField(null=True, blank=True)
    # A sign-up that anybody could have made counts once it is confirmed from the mailbox itself.
    double_opt_in = models.BooleanField(default=False)
    # Where existing customers may be written to about similar products until they object (ISO 3166-1).
    soft_opt_in_countries = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    # Whether Global Privacy Control in somebody's browser is an objection to it.
    refused_by_gpc = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

    @property
    def is_marketing(self) -> bool:
        """Whether people may refuse it: then the frequency cap and quiet hours hold, and a way out is offered."""
        return self.basis in MARKETING


MARKETING = (Purpose.Basis.CONSENT.value, Purpose.Basis.LEGITIMATE_INTEREST.value)


class ConsentWording(models.Model):
    """The words that people agreed to, each text kept once under its SHA-256."""

    id = models.BigAutoField(primary_key=True)
    sha256 = models.CharField(max_length=64, unique=True)
    text = models.TextField()
    first_used_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.text[:80]


class ConsentRecord(models.Model):
    """One line of the consent ledger; lines are only ever added (except by erasure).

    `evidence` holds page, form, note and the like; `basis` is the legal basis then. `event_message_id` names the
    event it came with, so a repeated event adds no second line. `address_hash` is the keyed hash of the address that
    the person had on the channel then. `pending` is a double opt-in that nobody has confirmed yet.
    """

    class State(models.TextChoices):
        GRANTED = "granted", _("Granted")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        PENDING = "pending", _("Pending")

    SOFT_OPT_IN = "soft_opt_in"

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
    basis = models.CharField(max_length=24, blank=True, default="")
    wording = models.ForeignKey(
        ConsentWording, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    form_version = models.CharField(max_length=60, blank=True, default="")
    language = models.CharField(max_length=35, blank=True, default="")
    expires_at = models.DateTimeField(null=True, blank=True)
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

    @property
    def proof(self) -> dict[str, Any]:
        """The whole evidence, with what has a column of its own."""
        wording = self.wording
        words = {"wording": wording.text, "wording_sha256": wording.sha256} if wording else {}
        named = {"form_version": self.form_version, "language": self.language}
        return {**self.evidence, **words, **{name: value for name, value in named.items() if value}}


class Consent(models.Model):
    """The state now: the newest ledger line (by `at`) of a person, purpose and channel.

    It is written from ledger lines by the statement that adds them, so their constraints are its own. A consent that
    has ended becomes `expired` a while later, for segments and lists; the consent rule looks at `expires_at` itself.
    """

    class State(models.TextChoices):
        GRANTED = "granted", _("Granted")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        PENDING = "pending", _("Pending")
        EXPIRED = "expired", _("Expired")

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="consents", db_index=False, db_constraint=False
    )
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    channel = models.CharField(max_length=16)
    state = models.CharField(max_length=12, choices=State)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    record = models.ForeignKey(
        ConsentRecord, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="governance_consent_expiry",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "purpose", "channel"], name="governance_consent_unique")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.purpose_id}/{self.channel} {self.state}"


class ConsentRequest(models.Model):
    """A double opt-in on its way: what somebody signed up for, and the mail that asks them to confirm it.

    `evidence` is that of the sign-up. It is good until `expires_at`, for the address that the mail went to.
    `is_public`: anybody could have signed up, with the key that stands in a page.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consent_requests")
    channel = models.CharField(max_length=16)
    purposes = ArrayField(models.CharField(max_length=64))
    address_hash = models.CharField(max_length=64, db_index=True)
    language = models.CharField(max_length=16, blank=True, default="")
    source = models.CharField(max_length=120)
    evidence = models.JSONField(default=dict)
    is_public = models.BooleanField(default=False)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mails = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["source", "mailed_at"],
                condition=models.Q(is_public=True),
                name="governance_request_public",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "channel"],
                condition=models.Q(confirmed_at=None),
                name="governance_request_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.channel}"


class ContactPreference(models.Model):
    """How often, until when not, and in which language somebody wants to be written to; their own choice.

    At most `messages` marketing messages within `days`; both empty: as often as the sending policy allows.
    """

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, related_name="contact_preference", primary_key=True
    )
    messages = models.PositiveSmallIntegerField(null=True, blank=True)
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=16, blank=True, default="")
    changed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.person_id)


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
