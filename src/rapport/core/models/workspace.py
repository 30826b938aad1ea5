"""The workspace and its saved views."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from rapport.core.models.access import Team


class Workspace(models.Model):
    """The business itself: one row, its identity and defaults."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=120, default="My business")
    time_zone = models.CharField(max_length=64, default="Europe/London")
    country = models.CharField(max_length=2, default="GB")
    currency = models.CharField(max_length=3, default="GBP")
    postal_address = models.CharField(max_length=254, blank=True)
    privacy_url = models.URLField(blank=True, default="")
    unowned_for_all = models.BooleanField(default=True)
    # What customers' pages are dressed in: a colour (#rrggbb) and a picture, kept whole because it is small.
    brand_color = models.CharField(max_length=7, blank=True, default="")
    logo = models.BinaryField(blank=True, default=b"")
    logo_type = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="core_workspace_one_row")]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """A list as somebody wants to find it again: filters, sort and columns, as the URL's query string.

    It is its user's alone, unless it is `shared` with everybody or with the members of a `team`.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    list_name = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000)
    shared = models.BooleanField(default=False)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "list_name", "name"], name="core_view_unique"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def audience(self) -> str:
        """The key in `queries.audiences` of those who may use it."""
        return "everybody" if self.shared else f"team:{self.team_id}" if self.team_id else ""

    @property
    def full_query(self) -> str:
        """The query string of the list in this view."""
        return f"{self.query}&view={self.pk}" if self.query else f"view={self.pk}"


class DefaultView(models.Model):
    """The view in which a user finds a list when they open it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    list_name = models.CharField(max_length=64)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "list_name"], name="core_default_view_unique")]

    def __str__(self) -> str:
        return f"{self.list_name}: {self.view_id}"
