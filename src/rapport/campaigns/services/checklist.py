"""What to look at before a campaign goes out, in words: its links, its colours, its audience, its time."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.campaigns.models import Campaign
from rapport.campaigns.queries.audience import Audience
from rapport.campaigns.registry import CHECKS
from rapport.campaigns.services import testing
from rapport.content.models import Template
from rapport.content.services.brand_values import contrast
from rapport.content.services.rewording import reworded
from rapport.core.ui import formats
from rapport.messaging.queries import sending_policy
from rapport.messaging.services.quiet import is_quiet
from rapport.segments.models import Membership

LEAST_TRIED = 50
LEGIBLE = 4.5  # WCAG 2.2, success criterion 1.4.3
NEAR = dt.timedelta(days=1)
LATELY = dt.timedelta(days=30)
SCHEMES = {"http", "https", "mailto", "tel", "sms"}
PLACEHOLDERS = re.compile(r"(^|\.)(example|localhost|test|invalid)(\.(com|org|net))?$")
_LINK = re.compile(r"<a\b[^>]*?\bhref=([\"'])(.*?)\1", re.IGNORECASE | re.DOTALL)
_STYLE = re.compile(r"\bstyle=\"([^\"]*)\"", re.IGNORECASE)
_COLOR = re.compile(
    r"(?:^|;)\s*(color|background-color|background)\s*:\s*(#[0-9a-f]{6}|#[0-9a-f]{3})\b", re.IGNORECASE
)


def templates_of(campaign: Campaign) -> list[Template]:
    """All that it would send, its own first."""
    more = [row.template for row in testing.fallbacks_of(campaign)]
    if (test := testing.test_of(campaign)) is not None:
        more += [row.template for row in test.variants.select_related("template").order_by("pk")]
    return list({template.pk: template for template in [campaign.message, *more]}.values())


def others_of(campaign: Campaign) -> list[tuple[str, Template]]:
    """(name, what it says) of each way to read but its own."""
    more = [(row.template.name, row.template) for row in testing.fallbacks_of(campaign)]
    for row in testing.variants_of(campaign)[1:]:
        words = {"subject": row.subject, "preheader": row.preheader}
        more.append((row.variant.name, reworded(row.template, words)))
    return more


def of_page(page: str) -> Iterator[str]:
    """Links that lead nowhere, and text that is hard to read."""
    broken = {address for address in map(html.unescape, _targets(page)) if is_broken(address)}
    if broken:
        yield _("Links that lead nowhere: %(which)s") % {
            "which": ", ".join(sorted(address or _("(empty)") for address in broken)[:3])
        }
    pale = {pair for pair in _colours(page) if contrast(*pair) < LEGIBLE}
    if pale:
        yield _("Text is hard to read: %(which)s.") % {
            "which": ", ".join(
                _("%(text)s on %(ground)s") % {"text": a, "ground": b} for a, b in sorted(pale)[:3]
            )
        }


def _targets(page: str) -> Iterator[str]:
    return (match[2].strip() for match in _LINK.finditer(page))


def is_broken(address: str) -> bool:
    """Whether no browser comes anywhere by it. Nothing is asked of other servers."""
    if not address or address.startswith("#") or "{{" in address or "{%" in address:
        return True
    try:
        target = urlsplit(address)
        host = target.hostname or ""
    except ValueError:
        return True
    if target.scheme not in SCHEMES:
        return True
    if target.scheme not in {"http", "https"}:
        return not target.path
    return "." not in host or " " in address or bool(PLACEHOLDERS.search(host))


def _colours(page: str) -> Iterator[tuple[str, str]]:
    """Text and ground where both are said in one place."""
    for style in _STYLE.findall(page):
        colours = {name.lower(): _long(value) for name, value in _COLOR.findall(style)}
        ground = colours.get("background-color") or colours.get("background")
        if ground and "color" in colours:
            yield colours["color"], ground


def _long(colour: str) -> str:
    return colour.lower() if len(colour) == 7 else "#" + "".join(digit * 2 for digit in colour[1:].lower())


def of_campaign(campaign: Campaign, audience: Audience, at: dt.datetime, now: dt.datetime) -> Iterator[str]:
    """What is odd about whom it goes to, when, and with what."""
    yield from _of_audience(audience)
    yield from _of_test(campaign, audience)
    yield from _of_time(campaign, at)
    yield from _twice(campaign, at, now)
    templates = templates_of(campaign)
    for look in CHECKS:
        yield from look(templates, at)


def _of_audience(audience: Audience) -> Iterator[str]:
    if not audience.total:
        yield _("Nobody is in the segment.")
    elif not audience.receives:
        yield _("Nobody in the segment can receive it.")
    if shared := audience.refused.get("duplicate"):
        yield ngettext(
            "%(n)s person shares their address with another one: the address gets it once.",
            "%(n)s people share their address with others: each address gets it once.",
            shared,
        ) % {"n": formats.number(shared)}


def _of_test(campaign: Campaign, audience: Audience) -> Iterator[str]:
    """A trial of so few that nothing can be learned, while everybody else waits for it."""
    test = testing.test_of(campaign)
    if test is None or test.share == 100:
        return
    tried, variants = audience.receives * test.share // 100, test.variants.count()
    if not tried and audience.receives:
        yield _(
            "The test group has no people: %(share)s %% of this audience is less than one person, and everybody waits"
            " %(hours)s hours for a winner by chance. Send it without variants, or to a larger test group."
        ) % {"share": test.share, "hours": test.hours}
    elif tried < LEAST_TRIED * variants:
        words = {"n": tried, "variants": variants, "hours": test.hours, "share": test.share}
        yield (
            _(
                "The test compares %(variants)s variants with about %(n)s people (%(share)s %%): too few to learn from."
                " Everybody else gets it %(hours)s hours later."
            )
            % words
        )


def _of_time(campaign: Campaign, at: dt.datetime) -> Iterator[str]:
    policy = sending_policy()
    zone = testing.workspace_zone()
    if policy.quiet_from is None or policy.quiet_until is None or not campaign.purpose.is_marketing:
        return
    if is_quiet(at.astimezone(zone).time(), policy.quiet_from, policy.quiet_until):
        yield _("%(time)s is within the quiet hours: whoever lives in %(zone)s gets it when they end.") % {
            "time": formats.short_moment(at), "zone": zone.key,
        }  # fmt: skip


def _twice(campaign: Campaign, at: dt.datetime, now: dt.datetime) -> Iterator[str]:
    """Other campaigns that the same people get, or got, with the same words or on the same day."""
    others = Campaign.objects.exclude(pk=campaign.pk).filter(send__isnull=False, send__cancelled_at=None)
    same = others.filter(template=campaign.template_id, send__send_at__gte=now - LATELY)
    near = others.filter(send__send_at__gte=at - NEAR, send__send_at__lte=at + NEAR)
    either = others.filter(Q(pk__in=same) | Q(pk__in=near)).select_related("send")
    rows = list(either.order_by("-send__send_at")[:5])
    shared = _shared(campaign, {row.segment_id for row in rows})
    for row in rows:
        both = shared.get(row.segment_id, 0)
        if both == 0 or row.send is None:
            continue
        words = {"n": formats.number(both), "name": row.name, "when": formats.day(row.send.send_at)}
        if row.template_id == campaign.template_id:
            yield _("%(n)s of them get the same template with “%(name)s” (%(when)s) too.") % words
        else:
            yield _("%(n)s of them get “%(name)s” within a day too (%(when)s).") % words


def _shared(campaign: Campaign, segments: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """{segment: how many are in it and in the campaign's}; one query."""
    members = Membership.objects.filter(segment=campaign.segment_id).values("person")
    rows = Membership.objects.filter(segment__in=segments, person__in=members).order_by()
    counted: Any = rows.values_list("segment_id").annotate(count=Count("id"))
    return dict(counted)
