"""Who looks at what right now, and what users are told of."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from rapport.core.models.access import User


class Presence(models.Model):
    """A user's open page of a topic, as long as its stream lives; `seen_at` is renewed by the web process."""

    stream = models.UUIDField()
    topic = models.CharField(max_length=120)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    is_editing = models.BooleanField(default=False)
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "topic"], name="core_presence_stream")]
        indexes = [
            models.Index(fields=["topic", "seen_at"], name="core_presence_topic"),
            models.Index(fields=["seen_at"], name="core_presence_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.topic}"


class Notice(models.Model):
    """Something that one user is told of: a NoticeKind, and what its words need, in no language."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=500, blank=True)
    key = models.CharField(max_length=200, blank=True)  # of which a user is told only once
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], condition=~Q(key=""), name="core_notice_key"),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="core_notice_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="core_notice_unread"),
            models.Index(fields=["created_at"], name="core_notice_created"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class Comment(models.Model):
    """A user's remark about a record of some CommentedKind, or (with `thread`) an answer to one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    record = models.UUIDField()
    thread = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="answers")
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["kind", "record", "created_at"], name="core_comment_record")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record}"
