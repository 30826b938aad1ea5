"""Sources: who may send events, with which key, from which websites."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.events.models import Source

# What Rapport's own writers call themselves: a source of that name would pass for one of them.
OWN_NAMES = frozenset({"by hand", "computed", "import", "journey", "lifecycle", "rapport"})


def new_write_key() -> str:
    """`wk_` and 32 characters nobody can guess."""
    return f"wk_{secrets.token_hex(16)}"


@transaction.atomic
def create_source(
    *, actor: Actor, name: str, kind: str = Source.Kind.SERVER, allowed_origins: list[str] | None = None
) -> Source:
    """A new source with its own write key. Raises ValidationError for a taken name or a bad origin."""
    actor.require("data.edit")
    source = Source(
        name=_free_name(name),
        kind=_kind(kind),
        write_key=new_write_key(),
        allowed_origins=origins(allowed_origins or []),
    )
    source.save()
    _audit(actor, "source.created", source, {"kind": source.kind})
    return source


@transaction.atomic
def edit_source(*, actor: Actor, source_id: int, name: str, kind: str, allowed_origins: list[str]) -> Source:
    """Changes what a source is called and where it may be used. Raises ValidationError."""
    actor.require("data.edit")
    source = _locked(source_id)
    before = {"name": source.name, "kind": source.kind, "allowed_origins": source.allowed_origins}
    source.name = _free_name(name, besides=source.pk)
    source.kind = _kind(kind)
    source.allowed_origins = origins(allowed_origins)
    source.save(update_fields=["name", "kind", "allowed_origins"])
    _audit(actor, "source.edited", source, {"before": before})
    return source


@transaction.atomic
def disable_source(*, actor: Actor, source_id: int, clock: Clock = SYSTEM) -> Source:
    """Refuses this source's events from now on; what it has sent stays."""
    actor.require("data.edit")
    source = _locked(source_id)
    if source.disabled_at is None:
        source.disabled_at = clock.now()
        source.save(update_fields=["disabled_at"])
        _audit(actor, "source.disabled", source)
    return source


@transaction.atomic
def enable_source(*, actor: Actor, source_id: int) -> Source:
    """Takes this source's events again. Raises ValidationError for Rapport's own, whose key is no secret."""
    actor.require("data.edit")
    source = _locked(source_id)
    if source.kind == Source.Kind.INTERNAL:
        raise ValidationError(_("This name is reserved for Rapport's own events."))
    if source.disabled_at is not None:
        source.disabled_at = None
        source.save(update_fields=["disabled_at"])
        _audit(actor, "source.enabled", source)
    return source


@transaction.atomic
def rotate_key(*, actor: Actor, source_id: int) -> Source:
    """Gives the source a new write key; the old one is refused from now on."""
    actor.require("data.edit")
    source = _locked(source_id)
    source.write_key = new_write_key()
    source.save(update_fields=["write_key"])
    _audit(actor, "source.key_rotated", source)
    return source


def origins(values: list[str]) -> list[str]:
    """Exact web origins (`https://shop.example`) or `*`. Raises ValidationError naming the bad one."""
    accepted: list[str] = []
    for value in (value.strip().rstrip("/").lower() for value in values):
        if value and value not in accepted:
            accepted.append(_origin(value))
    return accepted


def _origin(value: str) -> str:
    if value == "*":
        return value
    url = urlsplit(value)
    if url.scheme not in {"http", "https"} or not url.hostname or url.path or url.query:
        raise ValidationError(
            _("“%(value)s” is not a web origin: write it like https://shop.example.") % {"value": value}
        )
    return value


def _free_name(name: str, besides: int = 0) -> str:
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": _("Give the source a name.")})
    if name.lower() in OWN_NAMES:
        raise ValidationError({"name": _("This name is reserved for Rapport's own events.")})
    if Source.objects.filter(name__iexact=name).exclude(pk=besides).exists():
        raise ValidationError({"name": _("Another source has this name.")})
    return name


def _kind(kind: str) -> str:
    if kind not in Source.Kind.values:
        raise ValidationError({"kind": _("Choose one of the kinds of source.")})
    return kind


def _locked(source_id: int) -> Source:
    return Source.objects.select_for_update().get(pk=source_id)


def _audit(actor: Actor, action: str, source: Source, data: dict[str, object] | None = None) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_type="source",
        object_id=source.pk,
        data={"name": source.name, **(data or {})},
    )


def kinds() -> dict[str, str]:
    """{name of a source: website, app, server, …}."""
    return dict(Source.objects.values_list("name", "kind"))
