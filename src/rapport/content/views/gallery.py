"""Starting a template, and the pictures of what it can start from."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from rapport.channels.registry import CHANNELS
from rapport.content import queries
from rapport.content.forms import NewTemplateForm
from rapport.content.services import gallery, starting
from rapport.content.services.previews import PREVIEW_POLICY
from rapport.core.access import actor_of
from rapport.core.views.pages import page

OWN_SHOWN = 12


@page("templates.edit")
def new(request: HttpRequest) -> HttpResponse:
    """The gallery, and the name of what becomes of the chosen one."""
    actor = actor_of(request)
    start = request.POST.get("start", "") or request.GET.get("start", "")
    original = starting.original_of(actor, start)
    named = {"name": _("Copy of %(name)s") % {"name": original.name}} if original else {}
    form = NewTemplateForm(request.POST or None, initial=named)
    if request.method == "POST" and form.is_valid():
        template = starting.start_template(actor=actor, start=start, **form.cleaned_data)
        address = reverse("content:template", args=[template.pk])
        # A design is there to be looked at; who starts from nothing, or from another's source, begins with that.
        return redirect(f"{address}?edit=visual" if start in gallery.ORDER and template.mjml else address)
    mails = [kind.key for kind in CHANNELS if not kind.fields]
    own = list(queries.templates(actor).filter(channel__in=mails)[:OWN_SHOWN])
    if original and original not in own:
        own.insert(0, original)
    context = {"form": form, "start": start, "designs": gallery.designs(), "own": own, "mails": mails}
    return render(request, "content/template_new.html", context, status=422 if form.is_bound else 200)


@xframe_options_sameorigin
@page("templates.view")
def picture(request: HttpRequest, design: str) -> HttpResponse:
    """A design with made up values, under the policy of previews."""
    try:
        response = HttpResponse(gallery.picture(design, get_language() or ""))
    except KeyError as error:
        raise Http404 from error
    response.headers["Content-Security-Policy"] = PREVIEW_POLICY
    return response
