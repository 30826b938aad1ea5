"""Posts to the public: written once, published over several accounts, with what is said and counted below them."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.channels.models import ChannelAccount
from rapport.core.models import Leased
from rapport.messaging.models import InboundMessage


class SocialPost(models.Model):
    """What is published. `text` is for every account that has no text of its own; `publish_at` is set once ordered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    text = models.TextField(blank=True, default="")
    publish_at = models.DateTimeField(null=True, blank=True)
    ordered_by = models.CharField(max_length=254, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True, default="")
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at", "id"], name="campaigns_post_newest")]

    def __str__(self) -> str:
        return self.name


class SocialImage(models.Model):
    """An image of a post, in the store of files. `alt` says what is on it; nothing is published without."""

    id = models.BigAutoField(primary_key=True)
    post = models.ForeignKey(SocialPost, on_delete=models.CASCADE, related_name="images")
    path = models.CharField(max_length=200)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    alt = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return self.path


class SocialPublication(Leased):
    """A post on one account, or our answer (`is_answer`) to a reply below it. Its id is the reference it goes out with.

    `handed_over_at` is when it may first have gone out; while it is set without `published_at`, nobody knows, and it is
    looked for among the account's own posts before it is offered again. Past `expires_at` it is not published at all.
    `code` and `detail` are what the network said last, `since` is how far its replies were read.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        PUBLISHING = "publishing", _("Publishing")
        CHECKING = "checking", _("Being looked for")
        PUBLISHED = "published", _("Published")
        UNCERTAIN = "uncertain", _("Uncertain")
        FAILED = "failed", _("Failed")
        MISSED = "missed", _("Missed")
        CANCELLED = "cancelled", _("Cancelled")
        DELETING = "deleting", _("Being deleted")
        DELETED = "deleted", _("Deleted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    post = models.ForeignKey(SocialPost, on_delete=models.CASCADE, related_name="publications")
    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True, default="")
    is_answer = models.BooleanField(default=False)
    answers = models.ForeignKey(
        "campaigns.SocialReply", null=True, blank=True, on_delete=models.SET_NULL, related_name="answers"
    )
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    due_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=254, blank=True, default="")
    url = models.CharField(max_length=500, blank=True, default="")
    code = models.CharField(max_length=40, blank=True, default="")
    detail = models.TextField(blank=True, default="")
    likes = models.PositiveIntegerField(null=True, blank=True)
    shares = models.PositiveIntegerField(null=True, blank=True)
    replies_count = models.PositiveIntegerField(null=True, blank=True)
    views = models.PositiveIntegerField(null=True, blank=True)
    figures_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    since = models.CharField(max_length=64, blank=True, default="")
    created_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["post", "account"],
                name="campaigns_publication_once",
                condition=models.Q(is_answer=False),
            )
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="campaigns_publication_due",
                condition=models.Q(state__in=("scheduled", "publishing", "checking", "deleting")),
            ),
            models.Index(
                fields=["read_at"],
                name="campaigns_publication_read",
                condition=models.Q(state="published"),
            ),
            models.Index(fields=["account", "provider_id"], name="campaigns_publication_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} on {self.account_id}"

    @property
    def whole_text(self) -> str:
        """The text that is published."""
        return self.text if self.text or self.is_answer else self.post.text


class SocialReply(models.Model):
    """What somebody wrote below a publication of ours; the words are the message's.

    `digest` is a keyed hash of the network's id, which stays when the person is erased, so that it is not read again.
    """

    id = models.BigAutoField(primary_key=True)
    publication = models.ForeignKey(SocialPublication, on_delete=models.CASCADE, related_name="replies")
    message = models.OneToOneField(
        InboundMessage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    digest = models.CharField(max_length=64)
    provider_id = models.CharField(max_length=254, blank=True, default="")
    parent_id = models.CharField(max_length=254, blank=True, default="")
    handle = models.CharField(max_length=254, blank=True, default="")
    url = models.CharField(max_length=500, blank=True, default="")
    written_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "social replies"
        constraints = [models.UniqueConstraint(fields=["publication", "digest"], name="campaigns_reply_once")]

    def __str__(self) -> str:
        return f"reply {self.pk}"
