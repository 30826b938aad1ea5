"""Settings: whom mail comes from, and the domains it is sent from."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rapport.channels import queries
from rapport.channels.email import queries as email
from rapport.channels.email.forms import DomainForm, LimitForm, SenderForm
from rapport.channels.email.services.domains import add_domain
from rapport.channels.email.services.limits import set_limit
from rapport.channels.email.services.senders import set_sender
from rapport.channels.models import SenderIdentity
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page


@require_http_methods(["GET", "HEAD", "POST"])
@page("channels.view")
@exclusive("senders")
def senders(request: HttpRequest) -> HttpResponseBase:
    """The senders of both streams and the domains; POST sets the first sender, for both at once."""
    form = SenderForm(request.POST or None, initial={"name": "", "address": "", "reply_to": ""})
    if request.method == "POST" and form.is_valid() and _set(request, form, None):
        note(request, _("The sender is set. Publish the records of its domain next."))
        return redirect("channels:senders")
    return _page(request, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@page("channels.edit")
def new_domain(request: HttpRequest) -> HttpResponseBase:
    """Adds a sending domain."""
    form = DomainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = add_domain(actor=actor_of(request), name=form.cleaned_data["name"], clock=clock_of(request))
        return redirect("channels:domain", row.pk)
    return _page(request, domain_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@page("channels.edit")
def limit(request: HttpRequest) -> HttpResponseBase:
    """Limits how fast a mailbox provider is sent mail."""
    form = LimitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        set_limit(actor=actor_of(request), **form.cleaned_data)
        note(request, _("Saved. It applies to the next message."))
        return redirect("channels:senders")
    return _page(request, limit_form=form)


def _page(request: HttpRequest, **forms: Form) -> HttpResponseBase:
    """The page with its forms; that of the address is given, with what is wrong in it."""
    actor = actor_of(request)
    present = queries.identities()
    context = {
        "senders": [(key, label, present.get(key)) for key, label in SenderIdentity.Stream.choices],
        "is_first": not present,
        "form": SenderForm(initial={"name": "", "address": "", "reply_to": ""}),
        "domain_form": DomainForm(),
        "domains": list(email.domains(actor)),
        "paces": list(email.paces(actor)),
        "limit_form": LimitForm(),
        "now": clock_of(request).now(),
        "may_edit": actor.may("channels.edit"),
        **forms,
    }
    status = 422 if any(form.errors for form in forms.values()) else 200
    return settings_page(request, "channels/senders.html", context, status)


@require_http_methods(["GET", "HEAD", "POST"])
@page("channels.edit")
@exclusive("senders")
def sender(request: HttpRequest, stream: str) -> HttpResponseBase:
    """Changes whom one stream comes from."""
    if stream not in SenderIdentity.Stream.values:
        raise Http404
    row = queries.identities().get(stream) or SenderIdentity(stream=stream)
    initial = {"name": row.name, "address": row.address, "reply_to": row.reply_to}
    form = SenderForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _set(request, form, stream):
        note(request, _("Saved. It applies to the next message."))
        return redirect("channels:senders")
    context = {"form": form, "label": row.get_stream_display()}
    return settings_page(request, "channels/sender.html", context, 422 if form.errors else 200)


def _set(request: HttpRequest, form: SenderForm, stream: str | None) -> bool:
    try:
        set_sender(actor=actor_of(request), stream=stream, clock=clock_of(request), **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True
