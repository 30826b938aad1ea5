"""The registry of kinds of connectors: what each needs, what it reads, and how its calls prove themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rapport.core.registration import Registry
from rapport.core.setting_fields import SettingField

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from rapport.commerce.services.items import Item
    from rapport.connectors.asking import Api
    from rapport.connectors.telling import Call

Settings = Mapping[str, Any]
Raw = dict[str, Any]
Cursor = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a record needs beyond it: whose it is, and how the connector is set up."""

    kind: str
    store: str
    settings: Settings
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Records as they came, where to go on (None: that was all), and how many there are in all, if that is known."""

    rows: Sequence[Raw]
    cursor: Cursor | None
    total: int | None = None


@dataclass(slots=True)
class Told:
    """What a record says: events, and rows of the catalogue."""

    calls: list[Call] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of record of a system.

    `fetch(api, cursor)` gives a page: an empty cursor begins with the oldest, `{"since": moment}` with what changed
    since. `single(api, id)` raises asking.Missing. `read(row, context)` says what a record means, the same for the same
    record; its message ids are made of the record's id and version, so that whoever brings it again adds nothing.
    It raises ValueError for what it cannot read. `changed(row)` is when the record changed last. `gone(id)`, where a
    record is a whole product, says that there is none any more. `bought_as` is what names a product in the line of an
    order, where a sale changes its stock without being a change of the product there.
    """

    key: str
    label: str | Promise
    fetch: Callable[[Api, Cursor], Page]
    single: Callable[[Api, str], Raw]
    read: Callable[[Raw, Context], Told]
    changed: Callable[[Raw], dt.datetime | None]
    identity: Callable[[Raw], Any] = lambda row: row["id"]
    gone: Callable[[str], Told] | None = None
    bought_as: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A record that a call from outside brought, or, without `row`, one that has to be asked for."""

    resource: str
    id: str
    row: Raw | None = None


@dataclass(frozen=True, slots=True)
class Hooks:
    """Calls from outside: how they prove themselves (as `transfers.models.Webhook` does) and what is in one.

    `subscribe(api, address, secret)` enters the address at the other side and gives the secret that it signs with
    (itself, if it was given one). `secret(settings)` is what it signs with when that is a setting of the connector.
    """

    signing: str
    heard: Callable[[Raw, Mapping[str, str]], Sequence[Heard]]
    subscribe: Callable[[Api, str, str], str]
    secret: Callable[[Settings], str] = lambda settings: ""
    header: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says of a field of a customer, and since when, if it knows; None: it says nothing."""

    value: Any
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class CouponOut:
    """A code as a shop can have it. `group` names codes of one promotion that end together."""

    code: str
    title: str
    group: str
    kind: str
    value: Decimal
    currency: str
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    max_uses: int | None
    per_person: int | None
    minimum: Decimal | None
    combines: bool
    email: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """What a kind of system lets be written of its customers, and of what.

    `traits` are the traits it has fields for, `channels` those whose consent it keeps; a customer's record says them in
    `fields_in(row)` by `trait`, `consent:channel` and `tags` (fields that its API does not give are left out).
    `write(api, row, fields)` writes these into the customer and gives the record as it is then. `coupon(api, coupon,
    group)` makes a code, which may be there already when a try whose answer was lost made it; where codes have a group
    in the shop, `group(api, coupon)` makes it and gives its id. `withdraw(api, code, group)` takes
    a code away there, which may be gone already. `note(api, order, text)` adds a note to the order of
    that number. They raise asking.Refused for what the shop cannot do.
    """

    fields_in: Callable[[Raw], dict[str, Said]]
    write: Callable[[Api, Raw, Mapping[str, Said]], Raw]
    traits: Sequence[str] = ()
    channels: Sequence[str] = ()
    tags: bool = False
    coupon: Callable[[Api, CouponOut, str], None] | None = None
    group: Callable[[Api, CouponOut], str] | None = None
    note: Callable[[Api, str, str], None] | None = None
    withdraw: Callable[[Api, str, str], None] | None = None


@dataclass(frozen=True, slots=True)
class ConnectorKind:
    """One kind of system. `open(settings)` costs nothing until something is asked; `look(api)` asks who is there and
    gives what is worth knowing of it. `store(settings)` is what its orders and products are told apart by.
    """

    key: str
    label: str | Promise
    help: str | Promise
    fields: Sequence[SettingField]
    resources: Sequence[Resource]
    open: Callable[[Settings], Api]
    look: Callable[[Api], dict[str, Any]]
    store: Callable[[Settings], str]
    hooks: Hooks | None = None
    writing: Writing | None = None

    def resource(self, key: str) -> Resource | None:
        return next((resource for resource in self.resources if resource.key == key), None)


CONNECTORS: Registry[ConnectorKind] = Registry("kind of connector", key="key", order="key")
