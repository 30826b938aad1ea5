"""Letters: the list, one letter, and the print files with their download."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from rapport.channels.phone.views import WHY
from rapport.channels.post import queries, services
from rapport.channels.post.models import Mailpiece
from rapport.channels.queries import first_steps
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page

TONES = {"waiting": "accent", "printed": "good", "stopped": "", "returned": "warn"}


class PostList(ListPage):
    name = "letters"
    title = gettext_lazy("Letters")
    template = "channels/letters.html"
    empty_template = "channels/_first_steps.html"
    default_sort = "-created_at"
    search_in = ("subject", "person__name", "code")
    empty = (
        gettext_lazy("No letters"),
        gettext_lazy(
            "A campaign or message over the channel Post puts a letter here for everybody with a postal address."
        ),
    )
    columns = (
        Column("code", gettext_lazy("Code"), main=True),
        Column("subject", gettext_lazy("Subject"), sort="subject"),
        Column("person", gettext_lazy("Person"), value="person.name", sort="person__name"),
        Column(
            "state", gettext_lazy("State"), cell=lambda row: badge(row.get_state_display(), TONES[row.state])
        ),
        Column("pages", gettext_lazy("Pages"), num=True),
        Column("created_at", gettext_lazy("Created"), sort="created_at"),
        Column("returned_at", gettext_lazy("Returned"), sort="returned_at", shown=False),
    )
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), choices=Mailpiece.State.choices),
        DateFilter("created_at", gettext_lazy("Created")),
        TextFilter("person", gettext_lazy("Person"), "person__name"),
    )

    def rows(self) -> Any:
        return queries.letters(self.actor)

    def context(self) -> dict[str, Any]:
        return {
            "may_print": self.actor.may("letters.print"),
            "may_edit": self.actor.may("letters.edit"),
            "steps": first_steps(self.actor, "post"),
        }

    def url(self, row: Mailpiece) -> str:
        return reverse("channels:letter", args=[row.pk])


@page("letters.view")
def letters(request: HttpRequest) -> HttpResponseBase:
    """The list."""
    return PostList(request).respond()


@page("letters.view")
def mailpiece(request: HttpRequest, mailpiece_id: int) -> HttpResponseBase:
    """One letter as it was sent."""
    row = queries.mailpiece_for(actor_of(request), mailpiece_id)
    return render(
        request,
        "channels/mailpiece.html",
        {"mailpiece": row, "tone": TONES[row.state], "why": WHY.get(row.why, row.why)},
    )


@page("letters.print")
def print_files(request: HttpRequest) -> HttpResponseBase:
    """The print files, what waits for the next, and letters that came back."""
    context = {
        "files": queries.print_files(actor_of(request))[:100],
        "waiting": queries.waiting().count(),
    }
    return render(request, "channels/print_files.html", context)


@page("letters.print")
def print_file(request: HttpRequest, file_id: int) -> HttpResponseBase:
    """Downloads a print file."""
    try:
        row, content = services.hand_out(actor=actor_of(request), file_id=file_id, clock=clock_of(request))
    except FileNotFoundError:
        note(request, _("The file is not there now: have it made again."))
        return redirect("channels:print-files")
    return FileResponse(
        content, as_attachment=True, filename=f"letters-{row.pk}.zip", content_type="application/zip"
    )


@require_POST
@page("letters.print")
def closing(request: HttpRequest) -> HttpResponseBase:
    """Closes the next print file."""
    if services.close(actor=actor_of(request), clock=clock_of(request)) is None:
        note(request, _("There is nothing to print."))
    return redirect("channels:print-files")


@require_POST
@page("letters.print")
def making(request: HttpRequest, file_id: int) -> HttpResponseBase:
    """Makes a print file again."""
    services.make_again(actor=actor_of(request), file_id=file_id, clock=clock_of(request))
    return redirect("channels:print-files")


@require_POST
@page("letters.edit")
def returns(request: HttpRequest) -> HttpResponseBase:
    """Notes letters that came back, by the codes on them."""
    count, unknown = services.came_back(
        actor=actor_of(request), text=request.POST.get("codes", "")[:1_000_000], clock=clock_of(request)
    )
    words = ngettext("%(n)d letter is noted as returned.", "%(n)d letters are noted as returned.", count) % {
        "n": count
    }
    if unknown:
        words += " " + _("No letter has these codes: %(codes)s") % {"codes": ", ".join(unknown[:20])}
    note(request, words)
    return redirect("channels:letters")
