"""Pages of promotions: the list, the editor, one promotion with its codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rapport.core.access import Actor, actor_of
from rapport.core.services import audit
from rapport.core.templatetags.ui import badge
from rapport.core.ui import formats
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.promotions import queries
from rapport.promotions.forms import AddCodeForm, CodesFileForm, GenerateForm, PromotionForm
from rapport.promotions.models import Promotion
from rapport.promotions.services import batches, promotions

TONES = {"active": "good", "stopped": "warn"}
SHOWN = 8


def gift(row: Promotion) -> str:
    """“10% off”, “£5.00 off”."""
    if row.kind == Promotion.Kind.PERCENT:
        return _("%(percent)s off") % {"percent": formats.percent(float((row.percent or 0) / 100), 2)}
    if row.kind == Promotion.Kind.AMOUNT:
        return _("%(amount)s off") % {"amount": formats.money(row.amount or 0, row.currency)}
    return str(row.get_kind_display())


def state_badge(row: Promotion) -> Any:
    return badge(row.get_state_display(), TONES[row.state])


class PromotionList(ListPage):
    name = "promotions"
    title = gettext_lazy("Promotions")
    template = "promotions/list.html"
    empty_template = "promotions/empty.html"
    default_sort = "-created_at"
    search_in = ("name", "key")
    columns = (
        Column("name", gettext_lazy("Name"), main=True),
        Column("gift", gettext_lazy("What they get"), value=gift),
        Column("state", gettext_lazy("State"), value="get_state_display", cell=state_badge),
        Column("codes", gettext_lazy("Codes"), value=lambda row: formats.number(row.counts[0]), num=True),
        Column(
            "redeemed", gettext_lazy("Redeemed"), value=lambda row: formats.number(row.counts[1]), num=True
        ),
        Column("ends_at", gettext_lazy("Ends")),
        Column("key", gettext_lazy("Key"), shown=False),
        Column("segment", gettext_lazy("Segment"), value=lambda row: str(row.segment or ""), shown=False),
        Column("created_at", gettext_lazy("Created"), sort="created_at", shown=False),
    )
    filters = (
        TextFilter("name", gettext_lazy("Name")),
        ChoiceFilter("state", gettext_lazy("State"), choices=Promotion.State.choices),
        ChoiceFilter("kind", gettext_lazy("What they get"), choices=Promotion.Kind.choices),
        DateFilter("ends_at", gettext_lazy("Ends")),
    )

    def rows(self) -> Any:
        return queries.promotions(self.actor)

    def prepare(self, rows: list[Any]) -> None:
        counts = queries.counts_of([row.pk for row in rows])
        for row in rows:
            row.counts = counts[row.pk]

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may("promotions.edit")}

    def url(self, row: Promotion) -> str:
        return reverse("promotions:promotion", args=[row.pk])


@page("promotions.view")
def promotion_list(request: HttpRequest) -> HttpResponseBase:
    return PromotionList(request).respond()


@require_http_methods(["GET", "POST"])
@page("promotions.edit")
def new(request: HttpRequest) -> HttpResponse:
    form = PromotionForm(request.POST or None)

    def create(values: dict[str, Any]) -> Promotion:
        return promotions.create(actor=actor_of(request), key=form.cleaned_data["key"].strip(), values=values)

    return _edited(request, form, create)


@require_http_methods(["GET", "POST"])
@page("promotions.edit")
@exclusive()
def edit(request: HttpRequest, promotion_id: int) -> HttpResponse:
    """Codes that are out follow the new rules."""
    actor = actor_of(request)
    row = queries.promotion_for(actor, promotion_id)
    form = PromotionForm(request.POST or None, promotion=row)

    def change(values: dict[str, Any]) -> Promotion:
        return promotions.change(actor=actor, promotion=row, values=values)

    return _edited(request, form, change, row)


def _edited(
    request: HttpRequest,
    form: PromotionForm,
    save: Callable[[dict[str, Any]], Promotion],
    row: Promotion | None = None,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            saved = save(form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            note(request, _("Saved."))
            return redirect("promotions:promotion", saved.pk)
    context = {"form": form, "promotion": row}
    return render(request, "promotions/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page("promotions.view")
def promotion(request: HttpRequest, promotion_id: int) -> HttpResponse:
    """One promotion: its rules, its codes, who used them; and where codes come from."""
    actor = actor_of(request)
    row = queries.promotion_for(actor, promotion_id)
    forms: dict[str, Form] = {"generate": GenerateForm(), "add": AddCodeForm(), "file": CodesFileForm()}
    status = 200
    if request.method == "POST":
        actor.require("promotions.edit")
        name, form = _posted(request)
        if form.is_valid() and _done(request, actor, row, name, form):
            return redirect("promotions:promotion", promotion_id)
        forms[name], status = form, 422
    redemptions = queries.redemptions(actor).filter(promotion=row)
    latest = list(queries.batches(row)[:SHOWN])
    context = {
        "promotion": row,
        "gift": gift(row),
        "tone": TONES[row.state],
        "figures": queries.figures(row),
        "batches": latest,
        "making": [batch for batch in latest if batch.job and batch.job.state in batch.job.LIVE],
        "shared": row.coupons.filter(person=None).exclude(max_uses=1).order_by("-pk")[:SHOWN],
        "redemptions": redemptions[:SHOWN],
        "may_edit": actor.may("promotions.edit"),
        **{f"{name}_form": form for name, form in forms.items()},
    }
    return render(request, "promotions/promotion.html", context, status=status)


def _posted(request: HttpRequest) -> tuple[str, Form]:
    name = request.POST.get("do", "")
    if name == "add":
        return name, AddCodeForm(request.POST)
    if name == "file":
        return name, CodesFileForm(request.POST, request.FILES)
    return "generate", GenerateForm(request.POST)


def _done(request: HttpRequest, actor: Actor, row: Promotion, name: str, form: Form) -> bool:
    given = form.cleaned_data
    try:
        if name == "add":
            promotions.add_code(actor=actor, promotion=row, **given)
            note(request, _("The code can be used."))
        elif name == "file":
            batches.take_file(actor=actor, promotion=row, stream=given["file"], name=given["file"].name)
            note(request, _("The file waits to be read."))
        else:
            batches.generate(
                actor=actor,
                promotion=row,
                count=given["count"],
                length=given["length"],
                prefix=given["begin"],
            )
            note(request, _("The codes are being made."))
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


@require_safe
@page("promotions.view")
def progress(request: HttpRequest, promotion_id: int) -> HttpResponse:
    """How far the codes are that are being made."""
    row = queries.promotion_for(actor_of(request), promotion_id)
    live = [
        batch for batch in queries.batches(row)[:SHOWN] if batch.job and batch.job.state in batch.job.LIVE
    ]
    return render(request, "promotions/progress.html", {"promotion": row, "making": live})


@require_POST
@page("promotions.edit")
def set_state(request: HttpRequest, promotion_id: int) -> HttpResponse:
    """Stops a promotion, or lets it go on."""
    actor = actor_of(request)
    row = queries.promotion_for(actor, promotion_id)
    stop = request.POST.get("state") == "stopped"
    state = Promotion.State.STOPPED if stop else Promotion.State.ACTIVE
    promotions.set_state(actor=actor, promotion=row, state=state)
    note(request, _("Stopped.") if stop else _("It goes on."))
    return redirect("promotions:promotion", promotion_id)


@require_safe
@page("promotions.edit")
def export(request: HttpRequest, promotion_id: int) -> StreamingHttpResponse:
    """All codes as CSV, for a shop."""
    actor = actor_of(request)
    row = queries.promotion_for(actor, promotion_id)
    audit.record(actor=actor, action="codes.exported", object_type="promotion", object_id=row.pk)
    rows = row.coupons.filter(blocked=False).order_by("pk")
    response = StreamingHttpResponse(batches.lines_of(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="codes-{row.key}.csv"'
    return response
