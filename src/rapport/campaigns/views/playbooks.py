"""Ready-made campaigns: chosen here, made with one click, then edited like any other draft."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from rapport.campaigns.services import playbooks
from rapport.campaigns.services.errors import CampaignError
from rapport.core.access import Actor, actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.governance import queries as governance


class PlaybookForm(forms.Form):
    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"))

    def __init__(self, actor: Actor, data: QueryDict | None) -> None:
        super().__init__(data)
        self.purposes = {row.key: row for row in governance.purposes(actor).filter(basis="consent")}
        field = self.fields["purpose"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(row.key, row.name) for row in self.purposes.values()]


@require_http_methods(["GET", "HEAD", "POST"])
@page("campaigns.edit")
def re_permission(request: HttpRequest) -> HttpResponse:
    """Asks for the purpose; POST makes segment, template and draft."""
    actor = actor_of(request)
    form = PlaybookForm(actor, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            campaign = playbooks.re_permission(
                actor=actor, purpose=form.purposes[form.cleaned_data["purpose"]], clock=clock_of(request)
            )
        except CampaignError as error:
            form.add_error("purpose", str(error))
        else:
            note(request, _("Segment, template and draft are ready: read them, then send."))
            return redirect("campaigns:campaign", campaign.pk)
    return render(request, "campaigns/re_permission.html", {"form": form}, status=422 if form.errors else 200)
