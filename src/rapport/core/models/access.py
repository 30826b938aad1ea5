"""Users, API keys and roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext


class Role(models.Model):
    """A named set of permissions, each with a reach ("own", "team", "all").

    The built-in ones are kept as the apps' `default_roles` have them and cannot be changed.
    """

    key = models.SlugField(primary_key=True, max_length=60)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=254, blank=True)
    built_in = models.BooleanField(default=False)
    grants = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="core_role_name_unique")]

    def __str__(self) -> str:
        return gettext(self.name) if self.built_in else self.name


class Team(models.Model):
    """Users who work on the same records."""

    name = models.CharField(max_length=80)
    description = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="core_team_name_unique")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, email: str, password: str | None = None, roles: Iterable[str] = (), **fields: Any
    ) -> User:
        """A user who has the roles with these keys."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        user.roles.set(Role.objects.filter(key__in=list(roles)))
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody of the business who signs in. Customers are `people.Person`, never users."""

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120, blank=True)
    roles = models.ManyToManyField(Role, related_name="users", blank=True)
    teams = models.ManyToManyField(Team, related_name="members", blank=True)
    is_active = models.BooleanField(default=True)
    theme = models.CharField(max_length=8, default="system")
    preferences = models.JSONField(default=dict, blank=True)
    locale = models.CharField(max_length=16, default="en-gb")
    time_zone = models.CharField(max_length=64, blank=True)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="core_user_email_unique")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        return False


class ApiKey(models.Model):
    """A bearer key of the REST API. Only a hash is kept; the key itself is shown once.

    `grants` are its scopes. What the user who made it may no longer do, the key may not do either.
    """

    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    grants = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
