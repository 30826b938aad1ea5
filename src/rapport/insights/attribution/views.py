"""The attribution page: models side by side, the paths, and the persons behind a figure."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from rapport.core.access import Actor, actor_of
from rapport.core.clock import clock_of
from rapport.core.money import rounded
from rapport.core.ui import formats
from rapport.core.ui.charts import Chart, Series
from rapport.core.ui.lists.columns import csv_value
from rapport.core.views.pages import page
from rapport.insights.attribution.figures import (
    MEASURES,
    MODEL_LABELS,
    MODEL_WORDS,
    MONEY,
    Figures,
    named,
    table,
)
from rapport.insights.attribution.forms import QuestionForm
from rapport.insights.attribution.returns import costs_of, return_of, returns
from rapport.insights.attribution.sharing import Attribution, Journey, attribution, weights
from rapport.people.queries import lists as people

SHOWN, CHARTED, PATHS, DEAREST = 25, 8, 15, 100


@require_safe
@page("insights.view")
def show(request: HttpRequest) -> HttpResponseBase:
    """`touch` shows who is behind a touchpoint's figures; `export` gives the table as CSV."""
    actor = actor_of(request)
    form = QuestionForm(request.GET, clock_of(request).now().date())
    if not form.is_valid():
        return render(request, "insights/attribution.html", {"form": form}, status=422)
    shared = attribution(actor, form.question)
    if "export" in request.GET:
        return _export(shared)
    measure, model = form.cleaned_data["measure"], form.cleaned_data["model"]
    context = {
        "form": form,
        "shared": shared,
        "lines": _lines(shared, measure, form),
        "models": [(key, label, key == model) for key, label in MODEL_LABELS.items()],
        "model_words": [(MODEL_LABELS[key], words) for key, words in MODEL_WORDS.items()],
        "measure": MEASURES[measure],
        "chart": _chart(shared, measure) if shared.rows else None,
        "top": [
            ([named(key) for key in path], count, amount, lost, count / (count + lost))
            for path, count, amount, lost in shared.top[:PATHS]
        ],
        "returns": _returns(shared, model),
        "cost_missing": costs_of(shared).missing,
        "model_label": MODEL_LABELS[model],
        "may_see_costs": actor.may("campaigns.view"),
        "export": f"?{_address(form)}&export=csv",
        **(_behind(actor, shared, model, request.GET["touch"]) if "touch" in request.GET else {}),
    }
    return render(request, "insights/attribution.html", context)


def _address(form: QuestionForm, **more: str) -> str:
    return urlencode({name: form[name].value() for name in form.fields} | more)


def _shown(got: Figures, measure: str, currency: str) -> str:
    value = getattr(got, measure)
    return formats.money(value, currency) if measure in MONEY else formats.number(value)


def _lines(shared: Attribution, measure: str, form: QuestionForm) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "row": row,
            "url": f"?{_address(form, touch=row.key)}#behind" if row else "",
            "cells": [
                (label, _shown(got[key], measure, shared.currency)) for key, label in MODEL_LABELS.items()
            ],
            "share": row.effect / shared.effects if row and shared.effects else None,
        }
        for name, row, got in table(shared)
    ]


def _returns(shared: Attribution, model: str) -> list[dict[str, Any]]:
    """The dearest touchpoints."""
    costs = costs_of(shared)
    dearest = sorted(costs.of, key=lambda key: (-costs.of[key], key))[:DEAREST]
    lines = sorted(returns(shared, model, costs, dearest).items(), key=lambda line: -line[1].cost)
    return [
        {
            "name": named(key),
            "cost": formats.money(line.cost, shared.currency),
            "cac": formats.money(line.cac, shared.currency) if line.cac is not None else "–",
            "roas": formats.number(round(line.roas, 2)) if line.roas is not None else "–",
            "roi": formats.percent(line.roi, 0),
            "payback": line.payback_days,
        }
        for key, line in lines
    ]


def _chart(shared: Attribution, measure: str) -> Chart:
    lines = [line for line in table(shared) if line[1]][:CHARTED]
    series = [
        Series(label, [getattr(got[key], measure) for _name, _row, got in lines])
        for key, label in MODEL_LABELS.items()
    ]
    unit = shared.currency if measure in MONEY else ""
    return Chart(
        "bar", _("Touchpoint"), [name for name, _row, _got in lines], series, MEASURES[measure], unit
    )


def _behind(actor: Actor, shared: Attribution, model: str, key: str) -> dict[str, Any]:
    """The conversions of which a touchpoint gets something, those of which it gets most first."""
    gained = sorted(weights(shared, model, key), key=lambda pair: -pair[0].conversion.value * pair[1])
    row = next((line for line in shared.rows if line.key == key), None)
    names = people.names_of(actor, {j.conversion.who for j, _weight in gained[:SHOWN] if j.conversion.who})
    seen = [pair for pair in gained[:SHOWN] if pair[0].conversion.who in names]
    return {
        "behind": named(key),
        "behind_row": row,
        "behind_model": MODEL_LABELS[model],
        "behind_words": MODEL_WORDS[model],
        "behind_count": len(gained),
        "behind_total": formats.money(
            sum(j.conversion.value * weight for j, weight in gained), shared.currency
        ),
        "hidden": min(len(gained), SHOWN) - len(seen),
        "journeys": [_journey(journey, weight, names, shared) for journey, weight in seen],
    }


def _journey(journey: Journey, weight: float, names: dict[Any, str], shared: Attribution) -> dict[str, Any]:
    conversion = journey.conversion
    return {
        "who": conversion.who,
        "name": names[conversion.who],
        "at": conversion.at,
        "order": conversion.reference,
        "value": formats.money(conversion.value, shared.currency),
        "weight": weight,
        "gets": formats.money(conversion.value * weight, shared.currency),
        "path": [(named(key), touch) for key, touch in zip(journey.keys, journey.touches, strict=True)],
    }


def _export(shared: Attribution) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="attribution.csv"'
    writer = csv.writer(response)
    head = [f"{model}_{what}" for model in MODEL_LABELS for what in (*MEASURES, "cac", "roas", "roi")]
    writer.writerow(
        ["touchpoint", "name", "touchpoints", "persons", "removal_effect", "currency", "cost", *head]
    )
    costs = costs_of(shared).of
    for name, row, got in table(shared):
        begin = (
            [row.key, name, row.touches, row.persons, round(row.effect, 6)] if row else ["", name, "", "", ""]
        )
        cost = costs.get(row.key, Decimal(0)) if row else Decimal(0)
        cells: list[object] = [rounded(cost, shared.currency)]
        for model in MODEL_LABELS:
            line = return_of(row.models[model], cost, shared.currency) if row else None
            cells += [getattr(got[model], measure) for measure in MEASURES]
            cells += [line.cac, line.roas, line.roi] if line else ["", "", ""]
        writer.writerow([csv_value(cell) for cell in (*begin, shared.currency, *cells)])
    return response
