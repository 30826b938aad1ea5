"""The making of calls in Segment's form from one payload, or one item of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from rapport.core import crypto
from rapport.people.normalise import normalise
from rapport.transfers.feeds.expressions import Expression, Scope
from rapport.transfers.feeds.steps import Bad, date, text

TYPES = ("track", "identify", "group", "page")
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True, slots=True)
class Trouble:
    """One value that could not be mapped: which field of the mapping, of which item (from 1), and why."""

    field: str
    message: str
    item: int = 0

    def __str__(self) -> str:
        place = f"{self.field} ({_('item')} {self.item})" if self.item else self.field
        return f"{place}: {self.message}"


@dataclass(slots=True)
class Outcome:
    """What a payload became. `met` is whether the conditions held; `identifiers` those in it."""

    calls: list[bytes] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    identifiers: set[str] = field(default_factory=set)
    met: bool = True


@dataclass(slots=True)
class One:
    """One item on its way to its calls."""

    single: dict[str, Expression]
    tables: dict[str, dict[str, Expression]]
    scope: Scope
    outcome: Outcome
    number: int
    key: str
    ids: set[str]

    def map(self) -> None:
        before = len(self.outcome.troubles)
        kind = self._text("type") or "track"
        if kind not in TYPES:
            self._trouble(
                "type", _("“%(kind)s” is none of %(kinds)s.") % {"kind": kind, "kinds": ", ".join(TYPES)}
            )
        who, traits, external = self._who()
        call: dict[str, Any] = {"type": kind, **who, "messageId": self._message_id()}
        if moment := self._moment():
            call["timestamp"] = moment
        if external:
            call["context"] = {"externalIds": external}
        self._content(kind, call, traits)
        if len(self.outcome.troubles) > before:
            return
        if kind in {"track", "page"} and (traits or external):
            first = {**call, "type": "identify", "traits": traits, "messageId": f"{call['messageId']}:who"}
            first.pop("event", None)
            first.pop("properties", None)
            self.outcome.calls.append(_encode(first))
        self.outcome.calls.append(_encode(call))

    def _content(self, kind: str, call: dict[str, Any], traits: dict[str, Any]) -> None:
        properties = self._table("properties")
        if kind == "identify":
            call["traits"] = {**properties, **traits}
        elif kind == "group":
            call["traits"] = {**properties, **traits}
            call["groupId"] = self._needed("group_id", _("A group call needs the company's id."))
        else:
            call["properties"] = properties
        if kind == "track":
            call["event"] = self._needed(
                "event", _("An event needs a name: a path, or a constant in quotes.")
            )

    def _who(self) -> tuple[dict[str, str], dict[str, Any], list[dict[str, str]]]:
        """The ids that capture knows, the traits that tell more, and ids of other systems in Segment's form."""
        user, anonymous = self._text("user_id"), self._text("anonymous_id")
        traits = self._table("traits")
        for kind in ("email", "phone"):
            if given := self._text(kind):
                if normalise(kind, given) is None:
                    self._trouble(kind, _("“%(value)s” is not valid.") % {"value": given[:80]})
                traits[kind] = given
        external = [
            {"id": str(value), "type": name, "collection": "users", "encoding": "none"}
            for name, value in self._table("external_ids").items()
        ]
        if not user and not anonymous:
            anonymous = self._stand_in(traits, external)
        who = {name: value for name, value in (("userId", user), ("anonymousId", anonymous)) if value}
        if not who:
            self._trouble(
                "user_id",
                _("No identifier is mapped: map a user id, an email address, a phone number or another id."),
            )
        # As they came and as the profile has them, so that an erasure finds the payload by either.
        read = [normalise(kind, str(traits.get(kind) or "")) for kind in ("email", "phone")]
        named = [
            *who.values(),
            traits.get("email"),
            traits.get("phone"),
            *read,
            *(identifier["id"] for identifier in external),
        ]
        self.outcome.identifiers.update(str(value)[:1000] for value in named if value)
        return who, traits, external

    def _stand_in(self, traits: dict[str, Any], external: list[dict[str, str]]) -> str:
        """For who is known by an address alone: an id that is the same each time, and does not show the address."""
        for kind in ("email", "phone"):
            if value := normalise(kind, str(traits.get(kind) or "")):
                return f"{kind}-{crypto.address_hash(kind, value)[:32]}"
        return f"{external[0]['type']}-{external[0]['id']}" if external else ""

    def _moment(self) -> str:
        if "timestamp" not in self.single:
            return ""
        try:
            value = self.single["timestamp"].of(self.scope)
            return date(value, ()) if value not in (None, "") else ""
        except Bad as error:
            self._trouble("timestamp", str(error))
            return ""

    def _message_id(self) -> str:
        message_id = self._text("message_id")
        base = message_id or (f"{self.key}-{self.number}" if self.number else self.key)
        if len(base) > 90:
            base = hashlib.sha256(base.encode()).hexdigest()
        if base in self.ids:
            base = f"{base}-{self.number}"
        self.ids.add(base)
        return base

    def _text(self, name: str) -> str:
        expression = self.single.get(name)
        if expression is None:
            return ""
        try:
            value = expression.of(self.scope)
            return "" if value is None else text(value).strip()
        except Bad as error:
            self._trouble(name, str(error))
            return ""

    def _needed(self, name: str, otherwise: str) -> str:
        text = self._text(name)
        if not text and not any(trouble.field == name for trouble in self.outcome.troubles):
            self._trouble(name, otherwise)
        return text

    def _table(self, name: str) -> dict[str, Any]:
        table: dict[str, Any] = {}
        for key, expression in self.tables[name].items():
            try:
                value = expression.of(self.scope)
            except Bad as error:
                self._trouble(f"{name}.{key}", str(error))
                continue
            if value is not None:
                table[key] = value
            elif f"{name}.{key}" not in self.outcome.missing:
                self.outcome.missing.append(f"{name}.{key}")
        return table

    def _trouble(self, name: str, message: str) -> None:
        self.outcome.troubles.append(Trouble(name, message, self.number))
