"""The door for higher apps: what they look at before a campaign goes out (a coupon that has expired, say)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from rapport.content.models import Template
from rapport.core.registration import Registry

# `look(templates, when)` says in sentences what is wrong with what would be sent then.
CHECKS: Registry[Callable[[Sequence[Template], dt.datetime], Iterable[str]]] = Registry("check of campaigns")
