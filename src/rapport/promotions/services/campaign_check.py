"""What a campaign's checklist says of coupons: codes of promotions that are over when it goes out."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from rapport.content.models import Template
from rapport.content.services.templates import WRITTEN
from rapport.core.ui import formats
from rapport.promotions.models import Promotion

_KEY = re.compile(r"\bcoupon\.([A-Za-z0-9_]+)")


def look(templates: Sequence[Template], when: dt.datetime) -> Iterator[str]:
    text = json.dumps([getattr(template, name) for template in templates for name in WRITTEN], default=str)
    keys = set(_KEY.findall(text))
    rows = {row.key: row for row in Promotion.objects.filter(key__in=keys)} if keys else {}
    for key in sorted(keys):
        row = rows.get(key)
        if row is None:
            yield _("There is no promotion “%(key)s” to take coupons from.") % {"key": key}
        elif row.ends_at is not None and row.ends_at <= when:
            yield _("The coupons of “%(name)s” end on %(day)s, before it is sent.") % {
                "name": row.name, "day": formats.day(row.ends_at),
            }  # fmt: skip
