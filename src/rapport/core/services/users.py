"""User accounts. There is always at least one active owner."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.models import Role, User
from rapport.core.permissions import OWNER, Reach, grants_from, union
from rapport.core.plain_text import plain
from rapport.core.queries import role_keys
from rapport.core.services import audit
from rapport.core.services.roles import require_within


class LastOwner(ValidationError):
    """The change would leave the installation without an owner."""

    def __init__(self) -> None:
        super().__init__(_("This is the last active owner. Appoint another owner first."))


@transaction.atomic
def create_user(
    *, actor: Actor, email: str, roles: Iterable[str], name: str = "", password: str | None = None
) -> User:
    """A user who may sign in, or, without a password, once they have set one through their link.

    Raises ValidationError (address, password, taken, role), PermissionDenied (beyond the actor's own rights).
    """
    actor.require("users.edit")
    chosen = _chosen(actor, roles)
    email = email.strip().lower()
    validate_email(email)
    if User.objects.filter(email__iexact=email).exists():
        raise ValidationError({"email": _("A user with this address already exists.")})
    if password is not None:
        validate_password(password, User(email=email, name=name))
    user = User.objects.create_user(email, password, name=plain(name), roles=[role.key for role in chosen])
    _audit(actor, "user.created", user)
    return user


@transaction.atomic
def change_roles(*, actor: Actor, user_id: int, roles: Iterable[str]) -> User:
    """Raises LastOwner, ValidationError, PermissionDenied, User.DoesNotExist."""
    user = _locked(actor, user_id)
    chosen = _chosen(actor, roles)
    keys = sorted(role.key for role in chosen)
    if keys != _keys(user):
        _keep_an_owner(user, losing=OWNER not in keys)
        user.roles.set(chosen)
        _audit(actor, "user.roles_changed", user)
    return user


@transaction.atomic
def deactivate(*, actor: Actor, user_id: int) -> User:
    """Keeps the user from signing in and ends their sessions. Raises LastOwner, PermissionDenied."""
    user = _locked(actor, user_id)
    if user.is_active:
        _keep_an_owner(user, losing=True)
        user.is_active = False
        user.save(update_fields=["is_active"])
        _audit(actor, "user.deactivated", user)
    return user


@transaction.atomic
def reactivate(*, actor: Actor, user_id: int) -> User:
    """Lets the user sign in again. Raises PermissionDenied."""
    user = _locked(actor, user_id)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        _audit(actor, "user.reactivated", user)
    return user


@transaction.atomic
def password_link(*, actor: Actor, user_id: int) -> str:
    """The path under which this user, once and within three days, sets their password.

    Whoever has it can sign in as them, so their own records count as beyond who does not reach all.
    Raises PermissionDenied.
    """
    user = _locked(actor, user_id)
    if user.has_usable_password() and user.pk != actor.user_id:
        grants = union(grants_from(role.grants) for role in user.roles.all())
        require_within(actor, dict.fromkeys(grants, Reach.ALL))
    _audit(actor, "user.password_link_made", user)
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})


@transaction.atomic
def change_profile(*, actor: Actor, user: User, name: str, time_zone: str, locale: str, theme: str) -> User:
    """What users say about themselves; nobody else does."""
    user.name, user.time_zone, user.locale, user.theme = plain(name), time_zone, locale, theme
    user.save(update_fields=["name", "time_zone", "locale", "theme"])
    _audit(actor, "user.profile_changed", user)
    return user


def _locked(actor: Actor, user_id: int) -> User:
    """The user, who may have no right that the actor lacks. Raises PermissionDenied, User.DoesNotExist."""
    actor.require("users.edit")
    # Locking the owner's role, too, keeps two owners from removing each other at once.
    Role.objects.select_for_update().get(key=OWNER)
    user = User.objects.select_for_update().get(pk=user_id)
    require_within(actor, *(grants_from(role.grants) for role in user.roles.all()))
    return user


def _chosen(actor: Actor, keys: Iterable[str]) -> list[Role]:
    wanted = set(keys)
    chosen = list(Role.objects.filter(key__in=wanted))
    if not wanted or len(chosen) != len(wanted):
        raise ValidationError({"roles": _("The roles are: %(roles)s.") % {"roles": ", ".join(role_keys())}})
    require_within(actor, *(grants_from(role.grants) for role in chosen))
    return chosen


def _keys(user: User) -> list[str]:
    return sorted(user.roles.values_list("key", flat=True))


def _keep_an_owner(user: User, *, losing: bool) -> None:
    if not losing or not user.is_active or OWNER not in _keys(user):
        return
    if not User.objects.filter(roles=OWNER, is_active=True).exclude(pk=user.pk).exists():
        raise LastOwner


def _audit(actor: Actor, action: str, user: User) -> None:
    data = {"email": user.email, "roles": _keys(user)}
    audit.record(actor=actor, action=action, object_type="user", object_id=user.pk, data=data)
