"""What the audit log calls actions and records: sentences with the names of the records, looked up page by page.

An app names its actions and its kinds of records in `audit_words.py`, which its AppConfig.ready() registers. An action
nobody named is shown by its key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.models import AuditEntry
from rapport.core.registration import Registry

Label = str | Promise
# (name, address) by the id as it stands in the log
Names = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AuditAction:
    """`sentence` says what was done, without who; it may hold %(record)s and keys of the line's data."""

    name: str
    sentence: Label


@dataclass(frozen=True, slots=True)
class AuditedRecord:
    """A kind of record in the log. `names(actor, ids)` knows those that still exist and that the actor may see.

    `refers` tells which keys of a line's data hold ids, and of which kind of record: {"absorbed": "person"}.
    """

    name: str
    label: Label
    names: Callable[[Actor, Sequence[str]], Names] = lambda _actor, _ids: {}
    refers: Mapping[str, str] = field(default_factory=dict)


AUDIT_ACTIONS: Registry[AuditAction] = Registry("action of the audit log")
AUDITED_RECORDS: Registry[AuditedRecord] = Registry("record of the audit log")


def register(actions: Mapping[str, Label], *records: AuditedRecord) -> None:
    for record in records:
        AUDITED_RECORDS.register(record)
    for name, sentence in actions.items():
        AUDIT_ACTIONS.register(AuditAction(name, sentence))


def named(
    rows: Callable[[Actor], QuerySet[Any]],
    url_name: str = "",
    *,
    label: str = "name",
    key: str = "pk",
    url_key: str = "",
) -> Callable[[Actor, Sequence[str]], Names]:
    """`names` for records of a queryset: found by `key`, called by the attribute `label`, linked by `url_key`."""

    def names(actor: Actor, ids: Sequence[str]) -> Names:
        queryset = rows(actor)
        column = queryset.model._meta.pk if key == "pk" else queryset.model._meta.get_field(key)
        assert column is not None
        valid = [value for value in ids if _fits(column, value)]
        return {
            str(getattr(row, key)): (
                str((label and getattr(row, label)) or row),
                reverse(url_name, args=[getattr(row, url_key or key)]) if url_name else "",
            )
            for row in queryset.filter(**{f"{key}__in": valid})
        }

    return names


def the_one(name: Label, url_name: str) -> Callable[[Actor, Sequence[str]], Names]:
    """`names` for something there is one of, such as the sending policy."""
    return lambda _actor, ids: {value: (str(name), reverse(url_name)) for value in ids}


def _fits(column: Any, value: str) -> bool:
    try:
        column.get_prep_value(column.to_python(value))
    except Exception:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Described:
    """One line in words: `html` with links, `text` for exports, and the data that the sentence does not say."""

    html: SafeString
    text: str
    rest: dict[str, Any]


def described(actor: Actor, lines: Iterable[AuditEntry]) -> dict[int, Described]:
    """The lines in words, by their id. One query for each kind of record among them."""
    lines = list(lines)
    wanted: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        for kind, value in _references(line).values():
            wanted[kind].add(value)
    names = {kind: _names(actor, kind, sorted(ids)) for kind, ids in wanted.items()}
    return {line.pk: _describe(line, names) for line in lines}


def action_label(name: str) -> str:
    """The action without its records, as filters show it."""
    action = AUDIT_ACTIONS.get(name)
    if action is None:
        return name.replace(".", ": ").replace("_", " ")
    return str(action.sentence) % defaultdict(lambda: "…")


def record_label(kind: str) -> str:
    record = AUDITED_RECORDS.get(kind)
    return str(record.label) if record else kind.replace("_", " ")


def _references(line: AuditEntry) -> dict[str, tuple[str, str]]:
    """{name in the sentence: (kind of record, id)}."""
    record = AUDITED_RECORDS.get(line.object_type)
    references = {"record": (line.object_type, line.object_id)}
    for name, kind in (record.refers if record else {}).items():
        if value := line.data.get(name):
            references[name] = (kind, str(value))
    return references


def _names(actor: Actor, kind: str, ids: Sequence[str]) -> Names:
    record = AUDITED_RECORDS.get(kind)
    try:
        return record.names(actor, ids) if record else {}
    except PermissionDenied:
        return {}


def _describe(line: AuditEntry, names: Mapping[str, Names]) -> Described:
    links: dict[str, str] = {}
    texts: dict[str, str] = {}
    for name, (kind, value) in _references(line).items():
        remembered = (line.data.get("name") or line.data.get("email")) if name == "record" else None
        unnamed = (str(remembered or f"{record_label(kind)} {value[:8]}"), "")
        texts[name], url = names.get(kind, {}).get(value, unnamed)
        link = format_html('<a href="{}">{}</a>', url, texts[name])
        links[name] = link if url else conditional_escape(texts[name])
    action = AUDIT_ACTIONS.get(line.action)
    sentence = str(action.sentence) if action else f"{action_label(line.action)}: %(record)s"
    data = {
        key: plain(value) for key, value in line.data.items() if key not in texts and value not in ("", None)
    }
    escaped = {key: conditional_escape(value) for key, value in data.items()}
    return Described(
        mark_safe(conditional_escape(sentence) % _or_dash(escaped | links)),  # noqa: S308 - every part is escaped
        sentence % _or_dash(data | texts),
        {key: value for key, value in data.items() if f"%({key})s" not in sentence},
    )


def _or_dash(values: Mapping[str, str]) -> Mapping[str, str]:
    return defaultdict(lambda: "–", values)


def plain(value: Any) -> str:
    """A value of a line's data as text."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return "; ".join(f"{name}: {plain(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(plain, value))
    return "–" if value is None else str(value)
