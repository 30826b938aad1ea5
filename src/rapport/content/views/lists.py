"""The list of templates."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy

from rapport.content import queries
from rapport.content.models import Template
from rapport.core.ui.lists import Column, DateFilter, ListPage, TextFilter
from rapport.core.views.pages import page
from rapport.governance.registry import channel_label


class TemplateList(ListPage):
    name = "templates"
    title = gettext_lazy("Templates")
    template = "content/templates.html"
    empty_template = "content/templates_empty.html"
    default_sort = "-updated_at"
    search_in = ("name", "subject")
    columns = (
        Column("name", gettext_lazy("Name"), sort="name", main=True),
        Column(
            "channel", gettext_lazy("Channel"), value=lambda row: channel_label(row.channel), sort="channel"
        ),
        Column("subject", gettext_lazy("Subject")),
        Column("version", gettext_lazy("Version"), num=True, sort="version"),
        Column("updated_at", gettext_lazy("Changed"), sort="updated_at"),
        Column("created_by", gettext_lazy("Created by"), shown=False),
    )
    filters = (
        TextFilter("name", gettext_lazy("Name")),
        TextFilter("subject", gettext_lazy("Subject")),
        DateFilter("updated_at", gettext_lazy("Changed")),
    )

    def rows(self) -> Any:
        return queries.templates(self.actor)

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may("templates.edit")}

    def url(self, row: Template) -> str:
        return reverse("content:template", args=[row.pk])


@page("templates.view")
def template_list(request: HttpRequest) -> HttpResponseBase:
    return TemplateList(request).respond()
