"""Members' cards in the wallets of their telephones: by what they are signed, who has one, and what it said last."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.loyalty.models.programs import Account


class WalletSettings(models.Model):
    """By what cards are signed: one row. `sealed` holds Apple's private key and Google's key file, encrypted."""

    class Barcode(models.TextChoices):
        QR = "qr", _("QR code")
        CODE128 = "code128", _("Barcode (Code 128)")

    id = models.SmallIntegerField(primary_key=True, default=1)
    barcode = models.CharField(max_length=8, choices=Barcode, default=Barcode.QR)
    # In PEM: the certificate of the type of passes, and Apple's own that it was signed by.
    apple_certificate = models.TextField(default="", blank=True)
    google_issuer = models.CharField(max_length=40, default="", blank=True)
    sealed = models.TextField(default="", blank=True)
    problem = models.CharField(max_length=254, default="", blank=True)
    problem_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "wallet settings"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="loyalty_wallet_one_row")]

    def __str__(self) -> str:
        return "wallet"


class WalletPass(models.Model):
    """A card that was fetched into a wallet. `digest` is of what it says now, `sent` of what wallets were told last.

    `due` counts what happened since: it is told until nothing more has.
    """

    account = models.OneToOneField(
        Account, primary_key=True, on_delete=models.CASCADE, related_name="wallet_pass"
    )
    digest = models.CharField(max_length=64, default="", blank=True)
    sent = models.CharField(max_length=64, default="", blank=True)
    changed_at = models.DateTimeField()
    due = models.PositiveIntegerField(default=0)
    has_google = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "wallet passes"
        indexes = [models.Index(fields=["account"], name="loyalty_wallet_due", condition=models.Q(due__gt=0))]

    def __str__(self) -> str:
        return str(self.account_id)


class WalletDevice(models.Model):
    """A telephone that wants to hear when a card changes, as Apple's wallet names it."""

    id = models.BigAutoField(primary_key=True)
    wallet_pass = models.ForeignKey(WalletPass, on_delete=models.CASCADE, related_name="devices")
    device = models.CharField(max_length=128)
    push_token = models.CharField(max_length=254)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "wallet_pass"], name="loyalty_wallet_device_once")
        ]

    def __str__(self) -> str:
        return self.device
