"""What the demo's shop shows of content is there, once, and open."""

from __future__ import annotations

from rapport.content.models import LandingPage, OnSiteMessage, WebForm
from rapport.demo.seeding import website
from rapport.experiments.models import Experiment


def test_the_shop_has_a_form_a_page_a_pop_up_and_a_slot(live, client):
    assert website.seed()
    assert not website.seed()
    assert WebForm.objects.get().is_live
    assert client.get(f"/p/{LandingPage.objects.get().slug}").status_code == 200
    assert sorted(OnSiteMessage.objects.values_list("format", flat=True)) == ["modal", "slot", "slot"]
    assert Experiment.objects.filter(state="running", variants__is_holdout=True).exists()
