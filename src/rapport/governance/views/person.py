"""What governance brings to a profile: consents, and the person's rights."""

from __future__ import annotations

import json
import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note, toast
from rapport.core.views.pages import page
from rapport.governance import queries
from rapport.governance.files import as_file
from rapport.governance.forms import ConsentForm
from rapport.governance.models import Suppression
from rapport.governance.registry import channel_label
from rapport.governance.services import consent, double_opt_in, erasure, restriction
from rapport.people import queries as people
from rapport.people.models import Person


@require_http_methods(["GET", "POST"])
@page("people.view")
def consents(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The consents of a person with where each came from; POST records what they said."""
    actor = actor_of(request)
    person = people.person_for(actor, person_id)
    form = ConsentForm(actor, request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return _consents(request, person, form, status=422 if form.errors else 200)
    cleaned = form.cleaned_data
    clock = clock_of(request)
    given = {name: cleaned[name] for name in ("purpose", "channel")}
    given |= {"source": "Rapport", "evidence": {"note": cleaned["note"], "recorded_by": actor.label}}
    if cleaned["state"] == "pending":
        sign_up = double_opt_in.request(actor=actor, person_id=person.pk, clock=clock, **given)
        words = (
            _("They are asked by mail to confirm it.")
            if sign_up
            else _("There is no address, or consent already.")
        )
    else:
        consent.record(
            actor=actor, person_id=person.pk, state=cleaned["state"], at=clock.now(), clock=clock, **given
        )
        words = _("Recorded, with you as the source.")
    return toast(_consents(request, person, ConsentForm(actor)), words)


def _consents(request: HttpRequest, person: Person, form: ConsentForm, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    stopped = queries.withdrawn_by_others(person.pk)
    consents = queries.consents_of(person.pk)
    context = {
        "person": person,
        "consents": [(row, stopped.pop((row.purpose_id, row.channel), None)) for row in consents],
        "ledger": list(queries.ledger_of(actor, person.pk)[:30]),
        "suppressions": [
            (channel_label(row["channel"]), Suppression.Reason(row["reason"]).label, row["at"])
            for row in queries.suppressions_of(person.pk)
        ],
        "form": form,
        "may_edit": actor.may("people.edit"),
    }
    return render(request, "governance/person_consents.html", context, status=status)


@require_safe
@page("people.view")
def receipt(request: HttpRequest, person_id: uuid.UUID, line: int) -> HttpResponse:
    """The receipt of a consent, as a file of JSON."""
    person = people.person_for(actor_of(request), person_id)
    return as_file(queries.receipt_of(person.pk, line), f"consent-receipt-{line}.json")


@require_safe
@page("people.view")
def privacy(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """What can be done for a person who asks: a copy, a halt, to be forgotten."""
    actor = actor_of(request)
    rights = {name: actor.may(f"people.{name}") for name in ("export", "edit", "erase")}
    rights["export"] = rights["export"] and actor.may("people.personal")
    context = {"person": people.person_for(actor, person_id), "rights": rights}
    return render(request, "governance/person_privacy.html", context)


@require_POST
@page("people.export")
def export(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Everything held about the person, as a file of JSON."""
    data = erasure.export(actor=actor_of(request), person_id=person_id)
    body = json.dumps(data, indent=2, ensure_ascii=False, default=str)
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="person-{data["person_id"]}.json"'
    return answer


@require_POST
@page("people.edit")
def restrict(request: HttpRequest, person_id: uuid.UUID) -> HttpResponseBase:
    """Halts the processing of this person's data, or allows it again (`lift`)."""
    actor = actor_of(request)
    if "lift" in request.POST:
        restriction.lift_restriction(actor=actor, person_id=person_id)
        note(request, _("Processing is allowed again."))
    else:
        restriction.restrict(actor=actor, person_id=person_id)
        note(
            request, _("Nothing is sent to this person and no segment counts them, until you allow it again.")
        )
    return redirect("people:profile", person_id)


@require_POST
@page("people.erase")
def erase(request: HttpRequest, person_id: uuid.UUID) -> HttpResponseBase:
    """Forgets the person, if their name was typed as it stands on the profile."""
    actor = actor_of(request)
    person = people.person_for(actor, person_id)
    if request.POST.get("name", "").strip() != str(person):
        note(request, _("Not erased: the name you typed does not match."), level="error")
        return redirect("people:profile", person.pk)
    receipt = erasure.erase(actor=actor, person_id=person.pk)
    rows = sum(sum(counts.values()) for counts in receipt["stores"].values())
    note(request, _("Erased: %(rows)d records. A signed receipt is kept.") % {"rows": rows})
    return redirect("people:list")
