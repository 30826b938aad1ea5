"""Sending domains and their keys: added, rotated, warmed up, removed."""

from __future__ import annotations

import datetime as dt

import idna
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.channels.email.models import DkimKey, SendingDomain
from rapport.channels.email.services import signing
from rapport.channels.models import SenderIdentity
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit

KEEP_PUBLISHED = dt.timedelta(days=7)


def normalised(text: str) -> str:
    """A domain as DNS has it, of a domain or an address. Raises ValidationError."""
    name = text.strip().rpartition("@")[2].strip().rstrip(".").lower()
    try:
        name = idna.encode(name, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValidationError(_("This is not a domain.")) from error
    if "." not in name or len(name) > 253:
        raise ValidationError(_("Write the whole domain, such as example.org."))
    return name


@transaction.atomic
def add_domain(*, actor: Actor, name: str, clock: Clock = SYSTEM) -> SendingDomain:
    """A domain with its first key; the same again when it is there. Raises ValidationError."""
    actor.require("channels.edit")
    domain, is_new = SendingDomain.objects.get_or_create(
        name=normalised(name), defaults={"created_at": clock.now(), "created_by": actor.label}
    )
    if is_new:
        _make_key(domain, clock.now())
        _audit(actor, "sending_domain.added", domain)
    return domain


@transaction.atomic
def remove_domain(*, actor: Actor, domain: SendingDomain) -> None:
    """Forgets a domain with its keys. Raises ValidationError while mail is sent from it."""
    actor.require("channels.edit")
    for identity in SenderIdentity.objects.all():
        host = normalised(identity.address)
        if host == domain.name or host.endswith("." + domain.name):
            raise ValidationError(
                _("Mail is sent from %(address)s. Choose another sender first.")
                % {"address": identity.address}
            )
    _audit(actor, "sending_domain.removed", domain)
    domain.delete()


@transaction.atomic
def make_key(*, actor: Actor, domain: SendingDomain, clock: Clock = SYSTEM) -> DkimKey:
    """A key to take over from the present one, once it is published. Raises ValidationError if one waits already."""
    actor.require("channels.edit")
    SendingDomain.objects.select_for_update().get(pk=domain.pk)
    if domain.keys.filter(signing_since=None).exists():
        raise ValidationError(_("There is a new key already that waits to be published."))
    key = _make_key(domain, clock.now())
    _audit(actor, "sending_domain.key_made", domain, selector=key.selector)
    return key


@transaction.atomic
def start_signing(*, actor: Actor, key: DkimKey, clock: Clock = SYSTEM) -> None:
    """Lets a key sign instead of the one that did. Its record must be published, or receivers reject the mail."""
    actor.require("channels.edit")
    SendingDomain.objects.select_for_update().get(pk=key.domain_id)
    now = clock.now()
    signing_keys = DkimKey.objects.filter(
        domain_id=key.domain_id, signing_since__isnull=False, retired_at=None
    )
    signing_keys.exclude(pk=key.pk).update(retired_at=now)
    if DkimKey.objects.filter(pk=key.pk, signing_since=None).update(signing_since=now):
        _audit(actor, "sending_domain.key_signs", key.domain, selector=key.selector)


@transaction.atomic
def set_warmup(
    *, actor: Actor, domain: SendingDomain, start: dt.date | None, first: int, growth: int, target: int
) -> None:
    """Sets the plan by which a new domain sends more each day; without a start there is none."""
    actor.require("channels.edit")
    domain.warmup_from, domain.warmup_first = start, first
    domain.warmup_growth, domain.warmup_target = growth, target
    domain.save(update_fields=["warmup_from", "warmup_first", "warmup_growth", "warmup_target"])
    _audit(actor, "sending_domain.warmup", domain, start=start.isoformat() if start else "")


def forget_retired(now: dt.datetime) -> None:
    """Drops keys that no mail on its way can need any more."""
    DkimKey.objects.filter(retired_at__lt=now - 4 * KEEP_PUBLISHED).delete()


def _make_key(domain: SendingDomain, now: dt.datetime) -> DkimKey:
    private, public = signing.generate()
    base = f"rapport{now:%Y%m}"
    taken = set(domain.keys.filter(selector__startswith=base).values_list("selector", flat=True))
    selector = next(name for name in [base, *(f"{base}-{n}" for n in range(2, 1_000))] if name not in taken)
    return DkimKey.objects.create(
        domain=domain, selector=selector, private=private, public=public, created_at=now
    )


def _audit(actor: Actor, action: str, domain: SendingDomain, **data: str) -> None:
    data = {"name": domain.name, **data}
    audit.record(actor=actor, action=action, object_type="sending_domain", object_id=domain.pk, data=data)
