"""Records that belong to a user and a team, and the one predicate of who sees which of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from rapport.core.models.access import Team, User
from rapport.core.permissions import Reach

if TYPE_CHECKING:
    from rapport.core.access import Actor

M = TypeVar("M", bound=models.Model)
M_co = TypeVar("M_co", bound=models.Model, covariant=True)


def within_reach(actor: Actor, permission: str) -> Q:
    """The condition that a record is covered by the actor's permission. Raises UnknownPermission."""
    reach = actor.reach(permission)
    if reach is Reach.ALL:
        return Q()
    covered = Q(pk__in=[])
    if reach is None:
        return covered
    if actor.user_id is not None:
        covered |= Q(owner_id=actor.user_id)
    if reach is Reach.TEAM:
        covered |= Q(team_id__in=actor.team_ids)
    if actor.covers_unowned:
        covered |= Q(owner=None, team=None)
    return covered


class OwnedQuerySet(models.QuerySet[M_co]):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """The records that the actor's permission covers: all, their teams' or their own."""
        return self.filter(within_reach(actor, permission))


def covered(rows: models.QuerySet[M], actor: Actor, permission: str) -> models.QuerySet[M]:
    """Those of the rows that the permission covers: of records with owners, and of rows about such records."""
    if isinstance(rows, OwnedQuerySet):
        return rows.visible_to(actor, permission)
    if actor.reach(permission) is Reach.ALL:
        return rows
    for field in rows.model._meta.fields:
        about = field.related_model
        if isinstance(about, type) and issubclass(about, Owned):
            records = about._default_manager.filter(within_reach(actor, permission))
            rows = rows.filter(**{f"{field.name}__in": records.values("pk")})
    return rows


class Owned(models.Model):
    """A record that may have an owner and a team. Without either it is everybody's, or nobody's but for those
    whose reach is all: `Workspace.unowned_for_all` says which.
    """

    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        abstract = True

    OWNED_INDEXES: ClassVar = [
        models.Index(
            fields=["owner"], name="%(app_label)s_%(class)s_owner", condition=Q(owner__isnull=False)
        ),
        models.Index(fields=["team"], name="%(app_label)s_%(class)s_team", condition=Q(team__isnull=False)),
    ]


class OwnerChange(models.Model):
    """Records that somebody chose, and the owner and team they gave them.

    `records` are ids, and once it is done [id, former owner, former team], for taking it back.
    """

    class State(models.TextChoices):
        CHOSEN = "chosen"
        DONE = "done"
        UNDONE = "undone"

    kind = models.CharField(max_length=40)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    records = models.JSONField()
    assigned = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.CHOSEN)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{len(self.records)} {self.kind} {self.state}"
