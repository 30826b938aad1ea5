"""The list of people, and adding one by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet, Value
from django.db.models.functions import Lower, NullIf
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.templatetags.ui import badge, named
from rapport.core.ui.lists import (
    BooleanFilter,
    BulkAction,
    Column,
    DateFilter,
    Filter,
    ListPage,
    TextFilter,
)
from rapport.core.ui.lists.owned import OWNED_COLUMNS, OWNED_FILTERS, assign_action
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.people import queries, registry
from rapport.people.forms import PersonForm
from rapport.people.models import Person
from rapport.people.queries import lists as list_queries
from rapport.people.services.profile import create_person
from rapport.people.values.formatting import BY_HAND, country_name
from rapport.people.values.schema import PERSON
from rapport.people.views.bulk import AddToCompany, SetTrait
from rapport.people.views.merging import merge_two
from rapport.people.views.trait_lists import CountryFilter, list_traits, text_of, trait_column, trait_filter

FILTERS: Sequence[Filter] = (
    TextFilter("name", gettext_lazy("Name")),
    TextFilter("email", gettext_lazy("Email")),
    CountryFilter("country", gettext_lazy("Country"), text_of("country")),
    BooleanFilter("is_identified", gettext_lazy("Identified")),
    DateFilter("last_seen", gettext_lazy("Last seen"), "last_seen_at"),
    DateFilter("first_seen", gettext_lazy("First seen"), "first_seen_at"),
    *OWNED_FILTERS,
)


# Traits that the list has as columns of its own.
OWN_COLUMNS = {"name", "email", "country"}


class PeopleList(ListPage):
    """Everybody who is known, newest activity first."""

    name = "people"
    title = gettext_lazy("People")
    default_sort = "-last_seen"
    search_hint = gettext_lazy("Name, email, phone or id")
    export_permission = "people.export"
    template = "people/list.html"
    empty_template = "people/_list_empty.html"
    bulk: ClassVar[Sequence[BulkAction]] = (
        assign_action("person", "people.edit"),
        BulkAction("export", gettext_lazy("Export"), "download", "people.export", None),
        BulkAction("merge", gettext_lazy("Merge"), "git-merge", "people.edit", merge_two),
    )

    def __init__(self, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(request, **kwargs)
        self.extra = [column for column in registry.PEOPLE_COLUMNS if self.actor.may(column.permission)]
        traits = [trait for trait in list_traits(self.actor, PERSON) if trait.key not in OWN_COLUMNS]
        self.filters = [  # type: ignore[misc]
            *FILTERS,
            *(more.filter for more in registry.PEOPLE_FILTERS if self.actor.may(more.permission)),
            *map(trait_filter, traits),
        ]
        self.edits = [SetTrait(), AddToCompany(), *registry.PEOPLE_EDITS]  # type: ignore[misc]
        # Which columns there are depends on the apps and on the reader.
        self.columns = [  # type: ignore[misc]
            *COLUMNS,
            *(_column(extra.name, extra.label) for extra in self.extra),
            *map(trait_column, traits),
        ]

    def rows(self) -> QuerySet[Person]:
        return queries.people(self.actor).select_related("owner", "team")

    def url(self, row: Person) -> str:
        return reverse("people:profile", args=[row.pk])

    def search(self, rows: QuerySet[Person], text: str) -> QuerySet[Person]:
        return list_queries.searched(rows, text)

    def context(self) -> dict[str, Any]:
        return {
            "may_edit": self.actor.may("people.edit"),
            "may_export": self.actor.may("people.export"),
            "export_query": urlencode({"kind": "people", "query": self.state.view_query()}),
        }

    def prepare(self, rows: list[Person]) -> None:
        """One read per extra column, whatever the number of rows."""
        ids = [row.pk for row in rows]
        extras = {extra.name: extra.read(ids) for extra in self.extra}
        for row in rows:
            row.extra = {name: labels.get(row.pk, []) for name, labels in extras.items()}  # type: ignore[attr-defined]


def _country(row: Person) -> str:
    address = row.traits.get("address")
    country = row.traits.get("country") or (address.get("country") if isinstance(address, dict) else "")
    return country_name(country) if isinstance(country, str) else ""


def _badges(labels: Sequence[str]) -> SafeString | str:
    return format_html_join(" ", "{}", ((badge(label),) for label in labels))


def _column(name: str, label: Any) -> Column:
    return Column(
        name,
        label,
        value=lambda row: ", ".join(row.extra.get(name, ())),
        cell=lambda row: _badges(row.extra.get(name, ())),
    )


COLUMNS = (
    Column("name", gettext_lazy("Name"), value=str, cell=named, sort="name", main=True),
    Column("email", gettext_lazy("Email"), sort=NullIf(Lower("email"), Value(""))),
    Column("country", gettext_lazy("Country"), value=_country, sort=Lower(text_of("country"))),
    Column("last_seen", gettext_lazy("Last seen"), value="last_seen_at", sort="last_seen_at"),
    Column("first_seen", gettext_lazy("First seen"), value="first_seen_at", sort="first_seen_at"),
    *OWNED_COLUMNS,
)


@require_http_methods(["GET", "POST"])
@page("people.view")
def people(request: HttpRequest) -> HttpResponseBase:
    return PeopleList(request).respond()


@require_http_methods(["GET", "POST"])
@page("people.edit")
def new_person(request: HttpRequest) -> HttpResponse:
    """Finds the person who is known by these identifiers already, or makes a new one."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor = actor_of(request)
        person = create_person(
            actor=actor,
            identifiers=form.identifiers(),
            traits=form.traits(),
            source=f"{BY_HAND}{actor.label}",
        )
        note(request, _("%(name)s is in the list.") % {"name": person})
        return redirect("people:profile", person.pk)
    return render(request, "people/new.html", {"form": form}, status=422 if form.errors else 200)
