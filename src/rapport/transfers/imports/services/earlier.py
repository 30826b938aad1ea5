"""What was said before a row of an import, as its journal tells, without what has been taken back since.

All imports are one source. So the claim before a row may be another import's, and if that has been reverted in the
meantime, its own journal tells what stood before it.
"""

from __future__ import annotations

import uuid
from typing import Any

from rapport.people.services.traits import Claims, claims_of
from rapport.transfers.imports.services.applying import entries
from rapport.transfers.models import Import

REVERTED = (Import.State.REVERTING, Import.State.REVERTED)


class Earlier:
    """Of one import; remembers the journals it has looked at."""

    def __init__(self, run: Import) -> None:
        self._run = run
        self._reverted: dict[str, Import | None] = {}
        self._journals: dict[int, dict[int, dict[str, Any]]] = {}

    def message_id(self, row: int) -> str:
        return f"{self._run.token}-{row:010}"

    def claims(self, name: str, value: Any, fact: dict[str, Any] | None) -> Claims:
        """The claims of one trait that stood then and have not been taken back."""
        if not fact:
            return {}
        claims_seen = claims_of(name, ({name: value}, {name: fact}))
        for slot, claim in list(claims_seen.items()):
            token, _sign, row = claim.message_id.rpartition("-")
            if (run := self._taken_back(token)) is not None and row.isdigit():
                del claims_seen[slot]
                value, fact = self._before(run, int(row), name)
                before = self.claims(name, value, fact)
                if slot in before:
                    claims_seen[slot] = before[slot]
        return claims_seen

    def _taken_back(self, token: str) -> Import | None:
        if token == self._run.token or not token.startswith("import-") or len(token) != 23:
            return None
        if token not in self._reverted:
            head = token.removeprefix("import-")
            between = uuid.UUID(head + "0" * 16), uuid.UUID(head + "f" * 16)
            self._reverted[token] = Import.objects.filter(pk__range=between, state__in=REVERTED).first()
        return self._reverted[token]

    def _before(self, run: Import, row: int, name: str) -> tuple[Any, dict[str, Any] | None]:
        chunk = run.chunks.filter(first_row__lte=row, last_row__gte=row).first()
        if chunk is None:
            return None, None
        if chunk.pk not in self._journals:
            self._journals[chunk.pk] = {entry["row"]: entry for entry in entries(chunk)}
        value, fact = self._journals[chunk.pk].get(row, {}).get("before", {}).get(name) or (None, None)
        return value, fact
