"""What a form's page brings along: the version that was read, the time it took, the work that was paid."""

from __future__ import annotations

import datetime as dt
import html
import itertools

import pytest
from django.utils import timezone

from rapport.content.tests.test_web_forms import FIELDS, NEWS, form, send, token  # noqa: F401 - a fixture
from rapport.content.web import building, definitions, services, spam, submitting, suggesting
from rapport.content.web.models import FormSubmission
from rapport.events.models import Source

pytestmark = pytest.mark.django_db


def changed(actor, row, **consent):
    definition = {"title": "News", "steps": [{"fields": FIELDS}], "consents": [{**NEWS, **consent}]}
    return services.change(actor=actor, form_id=row.pk, values={"definition": definition})


def test_nobody_agrees_to_words_they_did_not_read(client, actor, form):  # noqa: F811
    row = form()
    changed(actor, row, wording="Yes, and sell my address.")
    answer = send(client, row, news="1", rapport_version="1")
    assert answer.status_code == 422
    assert b"has changed meanwhile" in answer.content
    assert not FormSubmission.objects.exists()
    assert send(client, row, news="1", rapport_version="2").status_code == 303
    assert send(client, row, email="b@example.org", rapport_version="1").status_code == 303


def test_a_page_of_plain_html_speaks_the_forms_own_language(client, form, actor):  # noqa: F811
    row = form()
    services.change(actor=actor, form_id=row.pk, values={"translations": {"de": {"title": "Neues"}}})
    send(client, row, HTTP_ACCEPT_LANGUAGE="de")
    assert FormSubmission.objects.get().language == "en"


def test_whoever_corrects_a_mistake_at_once_is_no_program(client, form):  # noqa: F811
    row, given = form(), token()
    wrong = send(client, row, email="", rapport_token=given)
    assert (wrong.status_code, given in wrong.content.decode()) == (422, True)
    send(client, row, rapport_token=given)
    assert FormSubmission.objects.get().reasons == []


def test_work_pays_for_one_answer():
    now, value = timezone.now(), token()
    nonce = next(str(n) for n in itertools.count() if spam.is_work(value, str(n)))
    assert spam.has_paid(value, nonce, now)
    assert not spam.has_paid(value, nonce, now)
    assert not spam.has_paid(token(8 * 86_400), nonce, now)


def test_an_unticked_box_asks_for_nothing_more(client, form):  # noqa: F811
    more = {"name": "more", "label": "More", "required": True, "when": {"field": "box", "values": []}}
    row = form(fields=[FIELDS[0], {"name": "box", "kind": "checkbox", "label": "Box"}, more])
    assert send(client, row).status_code == 303
    assert send(client, row, box="1", email="b@example.org").status_code == 422


def test_a_server_of_that_name_does_not_vouch_for_visitors(db):
    server = Source.objects.create(
        name="Forms", kind=Source.Kind.SERVER, write_key="wk_s", created_at=timezone.now()
    )
    row = submitting.source(timezone.now())
    assert row != server
    assert row.kind == Source.Kind.WEBSITE
    assert submitting.source(timezone.now()) == row


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("/danke-schön", "/danke-sch%C3%B6n"),
        ("https://bücher.example/ok", "https://xn--bcher-kva.example/ok"),
    ],
)
def test_an_address_with_other_letters_leads_there(client, form, address, location):  # noqa: F811
    answer = send(client, form(redirect=address))
    assert answer.headers["Location"] == location
    assert answer.headers["Content-Security-Policy"].isascii()


def test_old_spam_goes(form, client):  # noqa: F811
    from rapport.content.web.registration import forget_spam

    send(client, form(), rapport_url="x")
    assert forget_spam(timezone.now() - dt.timedelta(days=1), 10) == 0
    assert forget_spam(timezone.now() + dt.timedelta(days=1), 10) == 1


def test_the_builder_keeps_what_only_the_api_writes():
    age = {"name": "age", "kind": "number", "label": "Age", "least": 18, "most": 99, "value": "20"}
    saved = definitions.read({"title": "T", "steps": [{"fields": [age]}]})
    assert building.definition_of(building.board_of(saved), saved) == saved


def test_who_saves_later_is_told_first_and_then_replaces(page, form, actor):  # noqa: F811
    row = form()
    given = {
        "name": "Mine",
        "row": "a1",
        "a1-kind": "email",
        "a1-label": "Email",
        "a1-name": "email",
        "version": "1",
    }
    changed(actor, row, wording="Theirs")
    assert b"meanwhile" in page.post(f"/forms/{row.pk}/", given).content
    row.refresh_from_db()
    assert (row.name, row.version) == ("News", 2)
    assert page.post(f"/forms/{row.pk}/", {**given, "version": "2"}).status_code == 302


def test_a_value_may_have_signs_of_its_own():
    lines = ["a=b = a=b", "c, d = See, d", "x=y = Z", "tea=Tea", "coffee"]
    assert [building.option(line)["value"] for line in lines] == ["a=b", "c, d", "x=y", "tea", "coffee"]


def test_who_submitted_a_form_is_a_condition_of_segments(page, form, actor):  # noqa: F811
    row = form()
    shown = page.get(f"/forms/{row.pk}/").content.decode()
    address = f"/segments/new/?preset=form&amp;value={row.key}"
    assert address in shown
    builder = page.get(html.unescape(address)).content.decode()
    assert (f'<option value="{row.key}" selected>{row.name}</option>' in builder, "Submitted a form" in builder) == (
        True, True,
    )  # fmt: skip
    added = page.post("/segments/redraw/", {"n.group": "all", "n.size": "0", "action": "add::preset.form"})
    assert f'<option value="{row.key}">{row.name}</option>' in added.content.decode()


def test_a_field_goes_where_its_label_says_and_is_called_so(page, form):  # noqa: F811
    row = form()
    given = {
        "name": "News",
        "row": ["b2", "a1"],
        "a1-kind": "text",
        "a1-label": "First name",
        "b2-label": "More",
    }
    given |= {
        "b2-kind": "text",
        "b2-name": "text",
        "b2-auto": "text",
        "a1-when_field": "text",
        "b2-trait": "-",
    }
    drawn = page.post(f"/forms/{row.pk}/?redraw=1", given).content.decode()
    assert '<option value="first_name" selected>' in drawn
    assert 'value="more" selected>More</option>' in drawn
    assert page.post(f"/forms/{row.pk}/", {**given, "version": "1"}).status_code == 302
    row.refresh_from_db()
    second, first = row.definition["steps"][0]["fields"]
    assert (first["name"], first["trait"], first["when"]["field"]) == ("first_name", "first_name", "more")
    assert "trait" not in second
    assert "selected>First name" in page.get(f"/forms/{row.pk}/").content.decode()


@pytest.mark.parametrize(
    ("kind", "label", "trait"),
    [("email", "Adresse", "email"), ("phone", "Name", "phone"), ("text", "Mail", ""), ("text", "PLZ", "postal_code")],
)  # fmt: skip
def test_only_a_field_that_checks_addresses_says_who_somebody_is(kind, label, trait):
    assert suggesting.trait_of(kind, label, [("postal_code", "Postcode"), ("email", "Mail")]) == trait


def test_answers_have_a_column_for_each_field_and_the_way_back(page, client, form):  # noqa: F811
    row = form()
    send(client, row, first_name="Ada", topic="tea")
    shown = page.get(f"/forms/{row.pk}/submissions/").content.decode()
    assert f'href="/forms/{row.pk}/">News</a>' in shown
    assert 'data-label="First name"' in shown
    assert 'data-label="Topic"' in shown
