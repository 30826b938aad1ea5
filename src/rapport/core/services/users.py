"""People of the business who may sign in. There is always at least one active owner."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from rapport.core.access import Actor
from rapport.core.models import Role, User
from rapport.core.services import audit


class LastOwner(ValueError):
    """The change would leave the installation without an owner."""

    def __init__(self) -> None:
        super().__init__("This is the last active owner. Make somebody else an owner first.")


@transaction.atomic
def create_user(*, actor: Actor, email: str, role: str, name: str = "", password: str | None = None) -> User:
    """A user who may sign in, or, without a password, once he has set one through his link.

    Raises ValidationError (address, password, taken), PermissionDenied (only owners make owners).
    """
    actor.require("users.edit")
    _require_owner_for(actor, role)
    email = email.strip().lower()
    validate_email(email)
    if User.objects.filter(email__iexact=email).exists():
        raise ValidationError({"email": "Somebody with this address is a user already."})
    if password is not None:
        validate_password(password, User(email=email, name=name))
    user = User.objects.create_user(email, password, name=name.strip(), role=role)
    _audit(actor, "user.created", user)
    return user


@transaction.atomic
def change_role(*, actor: Actor, user_id: int, role: str) -> User:
    """Raises LastOwner, PermissionDenied, User.DoesNotExist."""
    actor.require("users.edit")
    user = _locked(user_id)
    _require_owner_for(actor, role, user.role)
    if user.role != role:
        _keep_an_owner(user, losing=role != Role.OWNER)
        user.role = role
        user.save(update_fields=["role"])
        _audit(actor, "user.role_changed", user)
    return user


@transaction.atomic
def deactivate(*, actor: Actor, user_id: int) -> User:
    """Keeps the user from signing in and ends what he has open. Raises LastOwner, PermissionDenied."""
    actor.require("users.edit")
    user = _locked(user_id)
    _require_owner_for(actor, user.role)
    if user.is_active:
        _keep_an_owner(user, losing=True)
        user.is_active = False
        user.save(update_fields=["is_active"])
        _audit(actor, "user.deactivated", user)
    return user


@transaction.atomic
def reactivate(*, actor: Actor, user_id: int) -> User:
    """Lets the user sign in again. Raises PermissionDenied."""
    actor.require("users.edit")
    user = _locked(user_id)
    _require_owner_for(actor, user.role)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        _audit(actor, "user.reactivated", user)
    return user


@transaction.atomic
def password_link(*, actor: Actor, user_id: int) -> str:
    """The path under which this user, once and within three days, sets his password. Raises PermissionDenied."""
    actor.require("users.edit")
    user = _locked(user_id)
    _require_owner_for(actor, user.role)
    _audit(actor, "user.password_link_made", user)
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})


@transaction.atomic
def change_profile(*, actor: Actor, user: User, name: str, time_zone: str, locale: str, theme: str) -> User:
    """What a user says about himself; nobody else does."""
    user.name, user.time_zone, user.locale, user.theme = name.strip(), time_zone, locale, theme
    user.save(update_fields=["name", "time_zone", "locale", "theme"])
    _audit(actor, "user.profile_changed", user)
    return user


def _locked(user_id: int) -> User:
    # All owners are locked in one order, so that two of them cannot remove each other at once.
    list(User.objects.select_for_update().filter(role=Role.OWNER).order_by("pk").values_list("pk"))
    return User.objects.select_for_update().get(pk=user_id)


def _keep_an_owner(user: User, *, losing: bool) -> None:
    if not losing or user.role != Role.OWNER or not user.is_active:
        return
    if not User.objects.filter(role=Role.OWNER, is_active=True).exclude(pk=user.pk).exists():
        raise LastOwner


def _require_owner_for(actor: Actor, *roles: str) -> None:
    if any(role not in Role.values for role in roles):
        raise ValidationError({"role": f"The roles are {', '.join(Role.values)}."})
    if Role.OWNER in roles:
        actor.require("owners.edit")


def _audit(actor: Actor, action: str, user: User) -> None:
    data = {"email": user.email, "role": user.role}
    audit.record(actor=actor, action=action, object_type="user", object_id=user.pk, data=data)
