"""Template tags of the design system; built in, so no template needs to load them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from rapport.core.forms.errors import errors_of
from rapport.core.ui import formats
from rapport.core.ui.charts import Chart

register = template.Library()
register.filter("errors", errors_of)


@register.filter
def words(text: str) -> list[str]:
    return text.split()


@lru_cache(maxsize=1)
def _sprite() -> str:
    return static("core/icons/sprite.svg")


def _svg(name: str, label: str = "", css: str = "") -> SafeString:
    if label:
        return format_html(
            '<svg class="icon {}" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            css,
            label,
            _sprite(),
            name,
        )
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>', css, _sprite(), name
    )


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A Lucide icon of static/core/icons/list.txt. Decorative unless it carries a label."""
    return _svg(name, label, css)


@register.simple_tag
def badge(text: Any, tone: str = "", icon: str = "", dot: bool = False) -> SafeString:
    """A small label of state. Tones: good, warn, bad, accent, live (accent, pulsing) or none."""
    classes = {"": "", "live": "badge-accent badge-dot badge-live"}.get(tone, f"badge-{tone}")
    mark = _svg(icon) if icon else ""
    return format_html(
        '<span class="badge {}{}">{}{}</span>', classes, " badge-dot" if dot else "", mark, text
    )


@register.simple_tag
def when(value: dt.datetime | dt.date | None, style: str = "ago") -> str:
    """A moment as <time>, with the exact time as tooltip. Styles: ago, short (day and time), day."""
    if value is None:
        return mark_safe('<span class="subtle">–</span>')
    if not isinstance(value, dt.datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.day(value))
    text = {"ago": formats.ago, "short": formats.short_moment, "day": formats.day}[style](value)  # type: ignore[operator]
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), formats.moment(value), text
    )


@register.simple_tag
def money(amount: Decimal | float | int | str | None, currency: str, whole: bool = False) -> str:
    """An amount in its currency, in the reader's notation; an en dash for nothing."""
    if amount is None or amount == "":
        return "–"
    try:
        return formats.money(Decimal(str(amount)), currency, whole=whole)
    except InvalidOperation:
        return str(amount)


@register.filter
def number(value: Any, style: str = "") -> str:
    """`{{ 1234567|number }}` → 1,234,567; `|number:"compact"` → 1.2M. Other values unchanged."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return formats.number(value, compact=style == "compact")
    return "–" if value is None else str(value)


@register.filter
def percent(value: float | None, digits: int = 1) -> str:
    """A share of one as percent: 0.1234 → 12.3%."""
    return formats.percent(value, digits)


@register.simple_tag
def avatar(who: Any, size: str = "", square: bool = False) -> SafeString:
    """Initials in a tint of their own. Sizes: none (24 px), l (40), xl (56)."""
    name = str(who)
    css = " ".join(filter(None, [f"avatar-{size}" if size else "", "avatar-square" if square else ""]))
    mark = '<span class="avatar {} tint-{}" aria-hidden="true">{}</span>'
    return format_html(mark, css, formats.tint(name), formats.initials(name))


def named(who: Any, *, square: bool = False) -> SafeString:
    """An avatar and a name, as lists show them. Lists have many: no template is rendered for each."""
    return format_html(
        '<span class="person">{}<span class="truncate">{}</span></span>', avatar(who, square=square), str(who)
    )


@register.simple_tag
def person_link(person: Any, panel: bool = True) -> SafeString:
    """A person's avatar and name, linked to the profile (opened in the side panel on lists)."""
    name = format_html('{}<span class="truncate">{}</span>', avatar(person), str(person))
    try:
        url = reverse("people:profile", args=[getattr(person, "pk", None)])
    except NoReverseMatch:
        return format_html('<span class="person">{}</span>', name)
    return format_html(
        '<a class="person" href="{}"{}>{}</a>', url, mark_safe(" data-panel") if panel else "", name
    )


@register.inclusion_tag("core/components/stat.html")
def stat(
    label: str,
    value: Any,
    *,
    hint: str = "",
    delta: float | None = None,
    url: str = "",
    icon: str = "",
    good: str = "up",
) -> dict[str, Any]:
    """One figure. `delta` is the change as a share of one (0.12 = +12 %); `good` says which way is good."""
    shown = number(value) if isinstance(value, int | float | Decimal) else value
    context: dict[str, Any] = {"label": label, "value": shown, "hint": hint, "url": url, "icon_name": icon}
    if delta is not None:
        rising = delta >= 0
        context["delta_text"] = f"{'+' if rising else '−'}{formats.percent(abs(delta))}"
        context["delta_icon"] = "arrow-up" if rising else "arrow-down"
        context["delta_tone"] = "subtle" if delta == 0 else "good" if rising == (good == "up") else "bad"
    return context


@register.inclusion_tag("core/components/field.html")
def field(bound: BoundField, **attrs: Any) -> dict[str, Any]:
    """A form field: label, control, help and errors, wired for screen readers. Extra arguments become attributes."""
    widget = bound.field.widget
    kind = ""
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        kind = "group"
    elif isinstance(widget, CheckboxInput):
        kind = "check"
    named = {name.replace("_", "-"): value for name, value in attrs.items()}
    return {"bound": bound, "kind": kind, "widget": bound.as_widget(attrs=named), "errors": errors_of(bound)}


@register.inclusion_tag("core/components/fields.html", takes_context=True)
def fields(context: Any, form: Any) -> dict[str, Any]:
    """All fields of a form, with the form's own errors above them."""
    return {"form": form, "request": context.get("request")}


@register.inclusion_tag("core/components/revision.html", takes_context=True)
def revision(context: Any, form: Any) -> dict[str, Any]:
    """The revision a `core.forms.revisions.RevisedForm` was opened with, and what conflicts with it."""
    return {"form": form, "request": context.get("request")}


@register.inclusion_tag("core/components/tabs.html")
def tabs(tabs: list[Any], label: str = "") -> dict[str, Any]:
    """Tabs as links. Each of `tabs` has label, url, current and perhaps count and icon (`core.ui.Tab`)."""
    return {"tabs": tabs, "label": label}


@register.inclusion_tag("core/components/progress.html")
def progress(
    label: str, done: int, total: int = 0, poll_url: str = "", id: str = "progress"
) -> dict[str, Any]:
    """A progress bar that renews itself each second from `poll_url`, which answers with the same tag
    (without `poll_url` when finished)."""
    texts = {"done_text": formats.number(done), "total_text": formats.number(total)}
    return {"label": label, "done": done, "total": total, "poll_url": poll_url, "id": id, **texts}


def _block(name: str, context: dict[str, Any]) -> SafeString:
    return render_to_string(f"core/components/{name}.html", context)


@register.simple_block_tag
def card(
    content: str,
    title: str = "",
    *,
    hint: str = "",
    link: str = "",
    link_url: str = "",
    css: str = "",
    id: str = "",
) -> SafeString:
    """A titled surface. `css="card-flush"` for tables that reach the edges."""
    label_id = f"{id or slugify(str(title))}-title" if title else ""
    names = {"title": title, "hint": hint, "link": link, "link_url": link_url, "css": css}
    return _block("card", {**names, "content": content, "id": id, "label_id": label_id})


@register.simple_block_tag
def dialog(content: str, id: str, title: str, css: str = "") -> SafeString:
    """A modal. Opened by a button with `data-dialog="ID"`; put `.dialog-body` and `.dialog-foot` inside."""
    return _block("dialog", {"content": content, "id": id, "title": title, "css": css})


@register.simple_block_tag
def menu(
    content: str, label: str, id: str, *, icon: str = "", css: str = "", text: bool = True
) -> SafeString:
    """A button that opens a popover of `.menu-item`s. `text=False` shows the icon alone."""
    return _block(
        "menu", {"content": content, "label": label, "id": id, "icon_name": icon, "css": css, "text": text}
    )


@register.simple_block_tag
def empty(content: str, icon: str, title: str, text: str = "", css: str = "") -> SafeString:
    """What an empty page says: what it is for, and (inside the block) the first step as buttons."""
    return _block("empty", {"content": content, "icon_name": icon, "title": title, "text": text, "css": css})


@register.simple_block_tag
def notice(content: str, tone: str = "") -> SafeString:
    """A line that must be read. Tones: none, good, warn, bad."""
    name = {"": "info", "good": "circle-check", "warn": "triangle-alert", "bad": "circle-alert"}[tone]
    return format_html(
        '<div class="notice notice-{}"{}>{}<div class="grow">{}</div></div>',
        tone or "info",
        mark_safe(' role="alert"') if tone == "bad" else "",
        _svg(name),
        content,
    )


@register.simple_block_tag
def fact(content: str, label: str) -> SafeString:
    """One line of a `<dl class="facts">`."""
    return format_html('<div class="fact"><dt>{}</dt><dd>{}</dd></div>', label, content)


@register.simple_block_tag
def timeline_item(
    content: str,
    title: str,
    icon: str = "circle",
    at: Any = None,
    *,
    tone: str = "",
    url: str = "",
    kind: str = "",
) -> SafeString:
    """One line of an `<ol class="timeline">`; the block holds the detail."""
    names = {"title": title, "icon_name": icon, "at": at, "tone": tone, "url": url, "kind": kind}
    return _block("timeline_item", {**names, "content": mark_safe(content.strip())})  # noqa: S308


@register.inclusion_tag("core/components/fact_edit.html")
def fact_edit(
    label: str, name: str, value: Any, url: str, *, choices: Any = (), shown: Any = ""
) -> dict[str, Any]:
    """A fact that is edited in place: POSTs `edit` (the name) and `value` to `url`, which answers with the new
    HTML of the value, or with 422 and a toast (`core.ui.toasts`)."""
    shown = shown or dict(choices).get(value, value)
    return {"label": label, "name": name, "value": value, "url": url, "choices": choices, "shown": shown}


@register.inclusion_tag("core/components/lazy.html")
def lazy(url: str, label: str) -> dict[str, str]:
    """A card that is loaded when it is seen. `url` answers with the whole card."""
    return {"url": url, "label": label}


@register.inclusion_tag("core/components/chart.html", takes_context=True)
def chart(
    context: template.Context, chart: Chart, title: str, *, hint: str = "", size: str = ""
) -> dict[str, Any]:
    """A `core.ui.charts.Chart` with its title, table and exports. Sizes: s (160 px), none (260), l (380)."""
    number_of = int(context.render_context.get("charts") or 0) + 1
    context.render_context["charts"] = number_of
    names = {"id": f"chart-{slugify(str(title))}-{number_of}", "css": f"chart-{size}" if size else ""}
    return {**names, "chart": chart, "title": title, "hint": hint, "data": json_script(chart.data())}
