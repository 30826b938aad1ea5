"""Two tabs over one record: what the second would overwrite unseen is shown, on every page that edits one."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from rapport.content.models import Template
from rapport.content.services.templates import create_template
from rapport.core import queries
from rapport.core.models import Role, Team
from rapport.core.services.roles import create_role
from rapport.core.services.teams import save_team
from rapport.events.catalogue import writing
from rapport.events.models import EventType, Source
from rapport.events.services.sources import create_source
from rapport.governance.models import Purpose
from rapport.segments.computed.services.traits import create_trait
from rapport.segments.lifecycle.services import defaults
from rapport.segments.lifecycle.services.stages import StageIn, save_stages
from rapport.segments.models import ComputedTrait, Segment, Stage
from rapport.segments.services.segments import create_segment


def opened(page, address):
    """The fields of a page's main form as a browser would send them."""
    body = page.get(address).content.decode()
    revision = re.search(r'name="revision"[^>]* value="([^"]+)"', body)
    assert revision, f"no revision on {address}"
    return revision[1]


def two_tabs(page, address, fields, first, second):
    """(answer to the second tab, answer when it is sent again over what was shown)."""
    revision = opened(page, address)
    assert page.post(address, {**fields, **first, "revision": revision}).status_code in {200, 302}
    refused = page.post(address, {**fields, **second, "revision": revision})
    fresh = re.search(r'name="revision"[^>]* value="([^"]+)"', refused.content.decode())
    assert refused.status_code == 422
    assert "data-conflict" in refused.content.decode()
    return refused, page.post(address, {**fields, **second, "revision": fresh[1]})


def test_a_purpose(page, actor):
    Purpose.objects.create(key="news", name="News", position=1)
    address = reverse("governance:purpose", args=["news"])
    fields = {"name": "News", "description": "", "basis": "consent"}
    refused, again = two_tabs(page, address, fields, {"name": "Letters"}, {"description": "Ours"})
    assert "Letters" in refused.content.decode()
    assert again.status_code == 302
    assert Purpose.objects.get(key="news").description == "Ours"


def test_a_team(page, actor):
    team = save_team(actor=actor, name="North", description="", members=[])
    address = reverse("core:settings-team", args=[team.pk])
    refused, _ = two_tabs(page, address, {"name": "North"}, {"name": "South"}, {"description": "Ours"})
    assert "South" in refused.content.decode()
    assert Team.objects.get().description == "Ours"


def test_a_role(page, actor):
    role = create_role(actor=actor, name="Helper", description="", grants={})
    address = reverse("core:settings-role", args=[role.key])
    fields = {"name": "Helper", "description": ""}
    two_tabs(page, address, fields, {"grant:people.view": "all"}, {"description": "Ours"})
    assert Role.objects.get(key=role.key).description == "Ours"


def test_a_source(page, actor):
    source = create_source(actor=actor, name="Shop", kind=Source.Kind.WEBSITE)
    source = getattr(source, "source", source)
    address = reverse("events:edit_source", args=[source.pk])
    fields = {"name": "Shop", "kind": "website", "allowed_origins": ""}
    first, second = {"allowed_origins": "https://a.example"}, {"name": "Store"}
    refused, _ = two_tabs(page, address, fields, first, second)
    assert "https://a.example" in refused.content.decode()
    assert Source.objects.get(pk=source.pk).name == "Store"


def test_an_event_of_the_catalogue(page, actor):
    event = writing.declare(actor=actor, name="Order Packed", description="", category="")
    address = reverse("events:event_describe", args=[event.pk])
    fields = {"description": "", "category": "", "owner": "", "state": event.state}
    two_tabs(page, address, fields, {"category": "Ordering"}, {"description": "Ours"})
    assert EventType.objects.get(pk=event.pk).description == "Ours"


def test_the_business(page, actor):
    row = queries.workspace()
    names = ("name", "time_zone", "country", "currency", "postal_address")
    fields = {name: getattr(row, name) for name in names} | {"name": "Ours"}
    two_tabs(
        page, reverse("core:settings-workspace"), fields, {"currency": "SEK"}, {"postal_address": "Here 1"}
    )


def test_a_segment(page, actor, clickhouse):
    create_segment(actor=actor, name="Pro", definition={"trait": "plan", "is": "pro"})
    fields = {"name": "Pro", "n.group": "all", "n.size": "1", "n-0.kind": "trait",
              "n-0.name": "plan", "n-0.comparisons": "1", "n-0.op0": "is", "n-0.value0": "pro"}  # fmt: skip
    address = reverse("segments:edit", args=["pro"])
    refused, _ = two_tabs(page, address, fields, {"n-0.value0": "free"}, {"description": "Ours"})
    assert "free" in refused.content.decode().split("data-conflict")[1].split("</dl>")[0]
    assert Segment.objects.get().description == "Ours"


def test_a_stage_is_the_same_one_after_it_was_moved(page, actor, clickhouse):
    proposals = defaults.proposals()
    save_stages(
        actor=actor, stages=[StageIn(p.name, p.rule, p.key, p.description, p.tone) for p in proposals]
    )
    first, second = Stage.objects.values_list("key", flat=True)[:2]
    address = reverse("lifecycle:stage", args=[second])
    fields = {"n.group": "all", "n.size": "1", "n-0.kind": "trait", "n-0.name": "plan",
              "n-0.comparisons": "1", "n-0.op0": "is", "n-0.value0": "pro"}  # fmt: skip
    revision = opened(page, address)
    page.post(reverse("lifecycle:edit"), {"action": f"up:{second}"})
    page.post(address, {**fields, "name": "Renamed", "tone": "good", "revision": revision})
    assert list(Stage.objects.values_list("key", flat=True)[:2]) == [second, first]
    assert Stage.objects.get(key=second).name == "Renamed"
    two_tabs(page, address, fields, {"name": "One", "tone": ""}, {"name": "Two", "tone": ""})


def test_a_computed_trait(page, actor, clickhouse):
    definition = {"figure": "count", "events": ["Order Completed"]}
    trait = create_trait(actor=actor, name="Orders", key="orders", description="", definition=definition)
    ComputedTrait.objects.filter(pk=trait.pk).update(name="Orders, all")
    address = reverse("computed:edit", args=[trait.pk])
    body = page.get(address).content.decode()
    revision = re.search(r'name="revision" value="([^"]+)"', body)[1]
    ComputedTrait.objects.filter(pk=trait.pk).update(description="Theirs")
    answer = page.post(address, {"name": "Orders", "description": "", "revision": revision})
    assert answer.status_code == 422
    assert "Theirs" in answer.content.decode().split("data-conflict")[1]


@pytest.mark.parametrize("choice", ["revision", "overwrite"])
def test_a_template_keeps_itself_and_shows_what_another_tab_kept(page, actor, choice):
    template = create_template(actor=actor, name="June")
    editor, draft = (reverse(f"content:template{part}", args=[template.pk]) for part in ("", "-draft"))
    fields = {name: getattr(template, name) for name in ("name", "subject", "preheader", "mjml", "text")}
    ours = theirs = opened(page, editor)
    for subject in ("T", "The", "Theirs"):
        answer = page.post(draft, {**fields, "subject": subject, "revision": theirs})
        theirs = re.search(r'id="mail-revision" value="([^"]+)"', answer.content.decode())[1]
    refused = page.post(draft, {**fields, "preheader": "Ours", "revision": ours})
    body = refused.content.decode()
    assert (refused.status_code, "Theirs" in body, "mail-revision" in body) == (422, True, False)
    assert Template.objects.get().subject == "Theirs"
    shown = re.search(r'name="overwrite" value="([^"]+)"', body)[1]
    page.post(draft, {**fields, "preheader": "Ours", "revision": ours, choice: shown})
    assert Template.objects.get().preheader == "Ours"
