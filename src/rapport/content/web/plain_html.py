"""A form as HTML for somebody's own page, to dress as they like: it needs no script of ours."""

from __future__ import annotations

from django.utils.html import escape

from rapport.content.web import building, drawing


def _plain_field(entry: building.Row) -> list[str]:
    label, name = escape(entry.label), escape(entry.name)
    if entry.kind in {building.STEP, "hidden"}:
        return []
    if not entry.chooses:
        kind = drawing.INPUTS.get(entry.kind, "checkbox" if entry.kind == "checkbox" else "text")
        return [f'  <label>{label} <input type="{kind}" name="{name}"></label>']
    options = [building.option(line) for line in entry.options.splitlines() if line.strip()]
    if entry.kind == "select":
        inner = "".join(
            f'<option value="{escape(option["value"])}">{escape(option["label"] or option["value"])}</option>'
            for option in options
        )
        return [f'  <label>{label} <select name="{name}"><option></option>{inner}</select></label>']
    kind = "radio" if entry.kind == "radio" else "checkbox"
    return [
        f"  <fieldset><legend>{label}</legend>",
        *(
            f'    <label><input type="{kind}" name="{name}" value="{escape(option["value"])}">'
            f" {escape(option['label'] or option['value'])}</label>"
            for option in options
        ),
        "  </fieldset>",
    ]


def plain_html(address: str, board: building.Board, version: int, language: str) -> str:
    """What somebody puts into a page of their own, to dress as they like."""
    has_files = any(entry.kind == "file" for entry in board.rows)
    encoding = ' enctype="multipart/form-data"' if has_files else ""
    lines = [
        f'<form method="post" action="{address}"{encoding}>',
        f'  <input type="hidden" name="rapport_version" value="{version}">',
        f'  <input type="hidden" name="rapport_language" value="{language}">',
    ]
    for entry in board.rows:
        lines += _plain_field(entry)
    for consent in board.consents:
        words = escape(consent.wording)
        lines.append(f'  <label><input type="checkbox" name="{consent.name}" value="1"> {words}</label>')
    return "\n".join([*lines, "  <button>OK</button>", "</form>"])
