"""Promotions over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from rapport.core.access import Actor, actor_of
from rapport.core.api import Limit, Page, cursor_page
from rapport.core.api.pages import Cursor
from rapport.promotions import queries
from rapport.promotions.api.schemas import BatchOut, CodesIn, NewPromotionIn, PromotionIn, PromotionOut
from rapport.promotions.models import CodeBatch, Promotion
from rapport.promotions.services import batches, promotions
from rapport.segments.queries.segments import segment_for

router = Router(tags=["promotions"])


def _values(actor: Actor, body: PromotionIn) -> dict[str, Any]:
    values = body.dict(exclude={"key"})
    values["segment"] = segment_for(actor, body.segment) if body.segment else None
    return values


@router.get("/promotions", response=Page[PromotionOut], summary="List promotions, newest first")
def list_promotions(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> dict[str, Any]:
    actor_of(request).require("promotions.view")
    rows = queries.promotions(actor_of(request))
    sort = ("-created_at", "id")
    data, following = cursor_page(rows, scope="promotions", sort=sort, cursor=cursor, limit=limit)
    return {"data": data, "next_cursor": following}


@router.post("/promotions", response={201: PromotionOut}, summary="Make a promotion")
def create_promotion(request: HttpRequest, body: NewPromotionIn) -> Status[Promotion]:
    actor = actor_of(request)
    actor.require("promotions.edit")
    return Status(201, promotions.create(actor=actor, key=body.key, values=_values(actor, body)))


@router.get("/promotions/{key}", response=PromotionOut, summary="Read a promotion")
def get_promotion(request: HttpRequest, key: str) -> Promotion:
    actor_of(request).require("promotions.view")
    return queries.promotion_for(actor_of(request), key)


@router.put("/promotions/{key}", response=PromotionOut, summary="Change a promotion")
def change_promotion(request: HttpRequest, key: str, body: PromotionIn) -> Promotion:
    """As a whole: what is left out has no condition any more. Codes that are out follow the new rules."""
    actor = actor_of(request)
    actor.require("promotions.edit")
    promotion = queries.promotion_for(actor, key)
    return promotions.change(actor=actor, promotion=promotion, values=_values(actor, body))


@router.post("/promotions/{key}/codes", response={201: BatchOut}, summary="Generate single codes")
def generate_codes(request: HttpRequest, key: str, body: CodesIn) -> Status[CodeBatch]:
    """In the background; `GET /jobs/{id}` says how far it is."""
    actor = actor_of(request)
    actor.require("promotions.edit")
    promotion = queries.promotion_for(actor, key)
    return Status(201, batches.generate(actor=actor, promotion=promotion, **body.dict()))
