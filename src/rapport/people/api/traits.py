"""Trait definitions over REST: /api/v1/traits."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Schema
from rapport.people.api import refused
from rapport.people.models import SourceRule
from rapport.people.queries import traits as trait_queries
from rapport.people.services import definitions
from rapport.people.values.schema import Definition

router = Router(tags=["traits"])
Entity = Literal["person", "company"]


class DefinitionOut(Schema):
    """What a trait is. `kind` is its type; `minimum` and `maximum` bound figures, or lengths."""

    key: str
    label: str
    kind: str
    description: str
    options: list[str]
    currency: str
    minimum: float | None
    maximum: float | None
    pattern: str
    section: str
    position: int
    aliases: list[str]
    is_required: bool
    is_personal: bool
    is_column: bool
    is_read_only: bool
    is_archived: bool


class DefinitionIn(InputSchema):
    label: str = Field(min_length=1, max_length=100)
    kind: str
    description: str = Field("", max_length=500)
    options: list[str] = []
    currency: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    pattern: str = Field("", max_length=200)
    section: str = Field("", max_length=100)
    position: int = 100
    aliases: list[str] = []
    is_required: bool = False
    is_personal: bool = True
    is_column: bool = False
    is_read_only: bool = False


class RuleOut(Schema):
    """Whose word counts, the most trusted first. An empty `trait` is the default for all others."""

    trait: str
    sources: list[str]
    stale_days: int | None


class RuleIn(InputSchema):
    """Entries are hand, import, api, computed, kind:website or source:Shop."""

    sources: list[str]
    stale_days: int | None = Field(None, ge=1, le=3650)


class Change(Schema):
    trait: str
    at: str
    recorded_at: str
    old: Any = None
    new: Any = None
    source: str
    actor: str


@router.get("/{entity}", response=list[DefinitionOut], summary="List trait definitions")
def list_definitions(
    request: HttpRequest,
    entity: Entity,
    archived: Annotated[bool, Query(description="Archived ones too")] = False,
) -> list[dict[str, Any]]:
    """Predefined ones among them."""
    actor_of(request).require("people.view")
    return [_out(definition) for definition in trait_queries.definitions(entity, archived=archived)]


@router.put("/{entity}/definitions/{key}", response=DefinitionOut, summary="Define a trait")
def define(request: HttpRequest, entity: Entity, key: str, body: DefinitionIn) -> dict[str, Any]:
    """Makes or replaces the definition; existing profiles are judged again in the background."""
    given = body.dict() | {"options": tuple(body.options), "aliases": tuple(body.aliases)}
    try:
        definitions.define(actor=actor_of(request), entity=entity, key=key, draft=definitions.Draft(**given))
    except ValidationError as error:
        raise refused(error, "/body") from error
    return _out(trait_queries.definition_for(entity, key))


@router.delete("/{entity}/definitions/{key}", response={204: None}, summary="Archive a definition")
def archive(request: HttpRequest, entity: Entity, key: str) -> tuple[int, None]:
    """The values stay."""
    actor = actor_of(request)
    actor.require("settings.edit")
    trait_queries.definition_for(entity, key)
    definitions.archive(actor=actor, entity=entity, key=key)
    return 204, None


@router.get("/{entity}/priorities", response=list[RuleOut], summary="List source priorities")
def list_rules(request: HttpRequest, entity: Entity) -> list[SourceRule]:
    actor_of(request).require("people.view")
    return trait_queries.rules(entity)


@router.put("/{entity}/priority", response=RuleOut, summary="Set a source priority")
def set_rule(
    request: HttpRequest,
    entity: Entity,
    body: RuleIn,
    trait: Annotated[str, Query(max_length=100, description="Left out: the default for all traits")] = "",
) -> SourceRule:
    """Existing profiles are judged again in the background. No sources: the newest wins."""
    try:
        return definitions.set_rule(
            actor=actor_of(request),
            entity=entity,
            trait=trait,
            sources=body.sources,
            stale_days=body.stale_days,
        )
    except ValidationError as error:
        raise refused(error, "/body") from error


def _out(definition: Definition) -> dict[str, Any]:
    given = {
        name: getattr(definition, name) for name in DefinitionOut.model_fields if hasattr(definition, name)
    }
    texts = {name: str(given[name]) for name in ("label", "description", "section")}
    rule = definition.rule
    return (
        given
        | texts
        | {
            "options": list(rule.options),
            "minimum": rule.minimum,
            "maximum": rule.maximum,
            "pattern": rule.pattern,
            "aliases": list(definition.aliases),
        }
    )
