"""Referrals: members bring others, and both get points."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.loyalty.models.programs import Account, Program
from rapport.people.models import Person


class Referral(models.Model):
    """Somebody whom a member's code brought. `device` and `payment` are digests of what the shop told of them."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for the first order")
        PENDING = "pending", _("The order can still be returned")
        REWARDED = "rewarded", _("Rewarded")
        REFUSED = "refused", _("Refused")

    class Reason(models.TextChoices):
        OWN_CODE = "own_code", _("It is the member's own code.")
        SAME_ADDRESS = "same_address", _("Both have the same email address, written in another way.")
        SAME_HOUSEHOLD = "same_household", _("Both live at the same address.")
        SAME_DEVICE = "same_device", _("Somebody else came with this code from the same device.")
        SAME_PAYMENT = "same_payment", _("Somebody else came with this code and paid with the same card.")
        NOT_NEW = "not_new", _("They had bought something before.")
        REFERRED_BEFORE = "before", _("Another member's code had brought them before.")
        LIMIT = "limit", _("The member has brought as many as the programme rewards in a year.")

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="referrals")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="referrals")
    person = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="loyalty_referrals", db_constraint=False
    )
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=14, choices=Reason, default="", blank=True)
    device = models.CharField(max_length=64, default="", blank=True)
    payment = models.CharField(max_length=64, default="", blank=True)
    order_ref = models.UUIDField(null=True)
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], name="loyalty_referral_due", condition=models.Q(due_at__isnull=False)
            ),
            models.Index(fields=["account", "-created_at"], name="loyalty_referral_account"),
        ]

    def __str__(self) -> str:
        return str(self.get_state_display())
