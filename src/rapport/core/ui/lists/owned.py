"""What every list of owned records has: columns and filters of owner and team, and the bulk action that sets them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core import queries
from rapport.core.access import Actor
from rapport.core.services import ownership
from rapport.core.ui.lists.bulk import BulkAction, BulkResult
from rapport.core.ui.lists.columns import Column
from rapport.core.ui.lists.filters import ChoiceFilter

NOBODY = "none"


class _OwnerFilter(ChoiceFilter):
    def choices(self) -> list[tuple[str, str]]:
        return [(NOBODY, str(_("Nobody"))), *super().choices()]

    def chosen(self, values: list[Any]) -> Q:
        ids = [value for value in values if value != NOBODY]
        condition = Q(**{f"{self.path}__in": ids})
        return condition | Q(**{f"{self.path}__isnull": True}) if NOBODY in values else condition


OWNED_FILTERS = (
    _OwnerFilter("owner", _("Owner"), choices=queries.owner_choices),
    _OwnerFilter("team", _("Team"), choices=queries.team_choices),
)
# The list's rows select_related("owner", "team").
OWNED_COLUMNS = (
    Column("owner", _("Owner"), value=lambda row: str(row.owner or ""), shown=False),
    Column("team", _("Team"), value=lambda row: str(row.team or ""), shown=False),
)


def assign_action(kind: str, permission: str) -> BulkAction:
    """Asks on a page of its own whom the chosen records are given to."""
    return BulkAction("assign", _("Assign"), "user-check", permission, partial(_asked_on_a_page, kind))


def _asked_on_a_page(kind: str, actor: Actor, rows: QuerySet[Any]) -> BulkResult:
    change = ownership.choose(actor=actor, kind=kind, rows=rows)
    return BulkResult(next_url=reverse("core:assignment", args=[change.pk]))
