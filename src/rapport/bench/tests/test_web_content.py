"""What visitors wait for asks little of the database, and shows what was changed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rapport.bench import web_content
from rapport.content.landing import services as pages
from rapport.content.models import LandingPage, OnSiteMessage, WebForm
from rapport.content.onsite import services as messages
from rapport.content.web import services as forms
from rapport.core import process_cache

pytestmark = pytest.mark.django_db
SLOT = "/v1/slots?ids=hero&writeKey=wk_bench&anonymousId=v"


def queries_of(call) -> int:
    """By a call like one that was answered before."""
    with CaptureQueriesContext(connection) as queries:
        call()
    return len([row for row in queries.captured_queries if "SAVEPOINT" not in row["sql"]])


def test_each_visitor_costs_what_is_their_own(client, monkeypatch):
    monkeypatch.setattr(
        process_cache._Answer, "age", lambda _answer: 0.0
    )  # no time passes, however slow the machine is
    key, version = web_content.made(3)
    send = {"rapport_version": version}
    client.get("/p/bench")
    client.get("/p/bench?rapport_visitor=v0")
    client.get(SLOT + "0")
    for name in ("a", "b"):  # the first makes the source of answers
        client.post(f"/f/{key}", {**send, "email": f"{name}@example.org"})
    assert queries_of(lambda: client.get("/p/bench")) == 0
    assert queries_of(lambda: client.get("/p/bench?rapport_visitor=v1")) <= 2
    assert queries_of(lambda: client.get(SLOT + "1")) <= 3
    assert queries_of(lambda: client.post(f"/f/{key}", {**send, "email": "c@example.org"})) <= 2


def test_what_is_taken_offline_is_gone_at_once(client, actor):
    key, _version = web_content.made(1)
    assert client.get("/p/bench").status_code == client.get(f"/f/{key}").status_code == 200
    assert client.get(SLOT + "0").json()["slots"]["hero"]
    pages.unpublish(actor=actor, page_id=LandingPage.objects.get().pk)
    forms.turn(actor=actor, form_id=WebForm.objects.get().pk, live=False)
    for message in OnSiteMessage.objects.all():
        messages.stop(actor=actor, message_id=message.pk)
    assert client.get("/p/bench").status_code == client.get(f"/f/{key}").status_code == 404
    assert client.get(SLOT + "0").json()["slots"] == {"hero": None}
