"""A list's state (search, filter, sort, columns, page) as URL parameters."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

NAMES = ("q", "whose", "filter", "sort", "cols", "density", "layout", "span", "on", "view", "after", "before")


@dataclass(frozen=True, slots=True)
class State:
    """What the reader chose. Empty strings mean the list's own defaults."""

    path: str
    q: str = ""
    whose: str = ""
    filter: str = ""
    sort: str = ""
    cols: str = ""
    density: str = ""
    layout: str = ""
    span: str = ""
    on: str = ""
    view: str = ""
    after: str = ""
    before: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, path: str, query: QueryDict, extra: tuple[str, ...] = ()) -> State:
        """`extra` names further parameters of the page that its links must keep."""
        values = {name: query.get(name, "").replace("\0", "")[:4000] for name in NAMES}
        chosen = query.getlist("cols")
        values["cols"] = ",".join(chosen)[:4000]
        kept = {name: value for name in extra if (value := query.get(name, ""))}
        return cls(path=path, **values, extra=kept)

    def query(self, **changes: Any) -> str:
        """The query string after a change; a change of anything but the page starts at the first page."""
        if not {"after", "before"} & set(changes):
            changes |= {"after": "", "before": ""}
        state = replace(self, **changes)
        pairs = {name: getattr(state, name) for name in NAMES} | state.extra
        return urlencode({name: value for name, value in pairs.items() if value}, safe=",:")

    def url(self, **changes: Any) -> str:
        query = self.query(**changes)
        return f"{self.path}?{query}" if query else self.path

    def url_of_all(self, has_default: bool) -> str:
        """The list without any choice; where it opens with a view, that has to be said."""
        return f"{self.path}?view=all" if has_default else self.path

    def view_query(self) -> str:
        """What a saved view remembers: everything but the page, the day and the view itself."""
        return self.query(view="", on="")

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """Fields for a GET form that changes `without` and keeps the rest."""
        dropped = {*without, "after", "before"}
        pairs = {name: getattr(self, name) for name in NAMES} | self.extra
        return [(name, value) for name, value in pairs.items() if value and name not in dropped]
