"""Those who are already in a segment, let in little by little."""

from __future__ import annotations

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.journeys import queries
from rapport.journeys.services import intakes, timetables
from rapport.journeys.services.picking import choices_of


class IntakeForm(forms.Form):
    segment = forms.ChoiceField(label=gettext_lazy("Segment"))
    per_hour = forms.IntegerField(
        label=gettext_lazy("At most an hour"), required=False, min_value=1, max_value=10_000_000,
        help_text=gettext_lazy("Empty: all of them at once."),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@page("journeys.enrol")
def intake(request: HttpRequest, journey_id: uuid.UUID) -> HttpResponse:
    """Chooses the segment, shows who would enter, and begins or stops."""
    actor = actor_of(request)
    row = queries.journey_for(actor, journey_id)
    form = IntakeForm(request.POST or None)
    field = form.fields["segment"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices_of("segment", actor)
    seen = None
    if request.method == "POST" and "stop" in request.POST:
        intakes.stop(actor=actor, intake_id=uuid.UUID(request.POST["stop"]))
        return redirect("journeys:intake", row.pk)
    if request.method == "POST" and form.is_valid():
        segment = form.cleaned_data["segment"]
        try:
            if request.POST.get("do") == "start":
                per_hour = form.cleaned_data["per_hour"]
                intakes.start(actor=actor, journey_id=row.pk, segment_key=segment, per_hour=per_hour)
                note(request, _("They are being let in."))
                return redirect("journeys:intake", row.pk)
            seen = intakes.preview(actor=actor, journey_id=row.pk, segment_key=segment)
        except ValidationError as error:
            form.add_error(None, " ".join(error.messages))
    reasons = (
        [(queries.refusal_words(reason), count) for reason, count in seen.refused.items()] if seen else []
    )
    context = {
        "journey": row,
        "form": form,
        "preview": seen,
        "reasons": reasons,
        "running": timetables.running(row),
    }
    return render(request, "journeys/intake.html", context, status=422 if form.errors else 200)
