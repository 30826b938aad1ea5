"""Forms: what is taken, how it reaches profile and ledger, what is kept apart, what is refused."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from rapport.content.web import personal_data, services, spam, submitting
from rapport.content.web.answers import Answers
from rapport.content.web.models import FormSubmission, WebForm
from rapport.core.clock import VirtualClock
from rapport.governance.models import ConsentRecord
from rapport.people.models import Person

FIELDS = [
    {"name": "email", "kind": "email", "label": "Email", "required": True, "trait": "email"},
    {"name": "first_name", "label": "First name", "trait": "first_name", "progressive": True},
    {"name": "topic", "kind": "select", "label": "Topic", "options": [{"value": "tea"}, {"value": "other"}]},
    {"name": "which", "label": "Which", "required": True, "when": {"field": "topic", "values": ["other"]}},
    {"name": "file", "kind": "file", "label": "File"},
]
NEWS = {
    "name": "news",
    "purpose": "newsletter",
    "channels": ["email"],
    "wording": "Yes, write to me <b>weekly</b>.",
}


@pytest.fixture
def form(db, actor):
    def make(key: str = "news", fields=FIELDS, **more) -> WebForm:
        definition = {"title": "News", "steps": [{"fields": fields}], "consents": [NEWS], **more}
        values = {"key": key, "name": "News", "language": "en", "definition": definition}
        row = services.create(actor=actor, values=values)
        return services.turn(actor=actor, form_id=row.pk, live=True)

    return make


def token(seconds: int = 60) -> str:
    return spam.token(timezone.now() - dt.timedelta(seconds=seconds))


def send(client, form: WebForm, **values):
    given = {"rapport_token": token(), "email": "ada@example.org", **values}
    return client.post(f"/f/{form.key}", given)


def test_an_answer_becomes_a_person_an_event_and_a_consent_with_its_wording(client, form, live):
    row = form()
    answer = send(client, row, first_name="Ada", news="1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "?sent=1&language=en")
    live.settle()
    ada = Person.objects.get(email="ada@example.org")
    assert FormSubmission.objects.get().person == ada
    assert ada.traits["first_name"] == "Ada"
    line = ConsentRecord.objects.get(person=ada)
    assert (line.wording.text, line.form_version) == (NEWS["wording"], "news v1")


def test_what_is_sent_twice_is_one_answer(client, form):
    row, given = form(), token()
    for _again in range(2):
        assert send(client, row, rapport_token=given).status_code == 303
    assert FormSubmission.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"email": "ada"}, "Enter an email address"),
        ({"email": ""}, "Fill in “Email”"),
        ({"topic": "<script>"}, "Choose from the list"),
        ({"topic": "other"}, "Fill in “Which”"),
        ({"email": ["ada@example.org", "eve@example.org"]}, "Enter only one value"),
        ({"first_name": "<script>alert(1)</script>" * 60}, "Enter at most 500"),
    ],
)
def test_errors_stand_beside_the_field_and_what_was_typed_stays(client, form, values, words):
    answer = send(client, form(), **values)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'aria-invalid="true"' in page
    assert "<script>alert" not in page
    assert not FormSubmission.objects.exists()


def test_a_field_that_is_not_asked_is_not_kept(client, form):
    send(client, form(), topic="tea", which="coffee", unknown="x")
    assert FormSubmission.objects.get().values == {"email": "ada@example.org", "topic": "tea"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({spam.HONEYPOT: "https://spam.example"}, "honeypot"),
        ({"rapport_token": "forged"}, "forged"),
        ({"quick": True}, "quick"),
    ],
)
def test_spam_is_kept_apart_and_can_be_released(client, form, actor, live, values, reason):
    if values.pop("quick", False):
        values["rapport_token"] = token(seconds=0)
    assert send(client, form(), **values).status_code == 303  # a robot learns nothing
    row = FormSubmission.objects.get()
    assert (row.state, row.reasons) == ("spam", [reason])
    live.settle()
    assert not Person.objects.filter(email="ada@example.org").exists()
    submitting.release(actor=actor, submission_id=row.pk)
    live.settle()
    assert Person.objects.filter(email="ada@example.org").exists()


def test_many_answers_of_one_network_must_be_worked_for_and_end(client, form):
    row = form()
    statuses = [send(client, row, email=f"n{n}@example.org").status_code for n in range(spam.FREE + 1)]
    assert statuses == [303] * spam.FREE + [429]
    given = token()
    nonce = next(str(n) for n in range(10**7) if spam.is_work(given, str(n)))
    assert send(client, row, rapport_token=given, rapport_work=nonce).status_code == 303
    assert FormSubmission.objects.filter(state="accepted").count() == spam.FREE + 1
    send(client, row, email="again@example.org", rapport_again="1")
    assert FormSubmission.objects.get(email="again@example.org").reasons == ["work"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ("a.svg", b"<?xml version='1.0'?><svg/>"),
        ("a.jpg", b"GIF89a"),
        ("a.pdf", b"%PDF-1.4\n<script>alert(1)</script>"),
        ("a.html", b"\xff\xd8\xff<html>"),
        ("big.png", b"\x89PNG\r\n\x1a\n" + b"0" * (5 * 1024 * 1024)),
    ],
)
def test_files_are_judged_by_their_content(client, form, name, content):
    answer = send(client, form(), file=SimpleUploadedFile(name, content, "image/png"))
    assert answer.status_code == 422
    assert (
        "Please choose your file again" in answer.content.decode() or "error-file" in answer.content.decode()
    )


def test_a_file_is_handed_to_staff_to_save_only(client, form, user):
    picture = SimpleUploadedFile("../../me.png", b"\x89PNG\r\n\x1a\n0000", "text/html")
    send(client, form(), file=picture)
    row = FormSubmission.objects.get()
    address = f"/forms/submissions/{row.pk}/files/file"
    assert client.get(address).status_code == 302
    client.force_login(user)
    answer = client.get(address)
    assert answer["Content-Disposition"] == 'attachment; filename="me.png"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")


def test_huge_and_odd_bodies_are_refused_politely(client, form):
    row = form()
    many = {f"f{n}": "x" for n in range(1500)}
    assert client.post(f"/f/{row.key}", many).status_code == 413
    huge = io.BytesIO(b"email=" + b"x" * 100)
    assert client.generic("POST", f"/f/{row.key}", huge.read(), CONTENT_LENGTH="99999999").status_code == 413
    assert not FormSubmission.objects.exists()


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "//evil.example", "/\\evil.example", "https://a@evil.example", "data:x"]
)
def test_a_form_leads_only_to_web_addresses_that_it_names_itself(form, target):
    with pytest.raises(ValidationError):
        form(redirect=target)


def test_where_it_leads_is_never_taken_from_the_request(client, form):
    row = form(redirect="https://shop.example/thanks")
    answer = send(client, row, redirect="https://evil.example", next="https://evil.example")
    assert answer.headers["Location"] == "https://shop.example/thanks"
    assert (
        "form-action 'self' https://shop.example"
        in client.get(f"/f/{row.key}").headers["Content-Security-Policy"]
    )


def test_nobody_acts_with_a_session_that_a_post_from_elsewhere_brings(form, page):
    row = form()
    answer = page.post(
        f"/f/{row.key}",
        {"rapport_token": token(), "email": "x@example.org"},
        HTTP_ORIGIN="https://evil.example",
    )
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers
    assert FormSubmission.objects.get().anonymous_id.startswith("form-")


def test_known_people_are_not_asked_again(client, form, live):
    live.ingest([{"type": "identify", "anonymousId": "a-1", "traits": {"first_name": "Ada"}}])
    row = form()
    assert "field-first_name" in client.get(f"/f/{row.key}").content.decode()
    assert "field-first_name" not in client.get(f"/f/{row.key}?rapport_visitor=a-1").content.decode()


def test_each_change_is_a_version_and_the_languages_are_the_visitors(client, form, actor):
    row = form()
    german = {"de": {"title": "Neues", "email.label": "E-Mail", "news.wording": "Ja, gern."}}
    services.change(actor=actor, form_id=row.pk, values={"translations": german})
    assert row.versions.count() == 2
    page = client.get(f"/f/{row.key}", HTTP_ACCEPT_LANGUAGE="de").content.decode()
    assert ("Neues" in page, "Ja, gern." in page, 'lang="de"' in page) == (True, True, True)


def test_what_was_entered_is_forgotten_with_the_person(client, form, live):
    picture = SimpleUploadedFile("me.png", b"\x89PNG\r\n\x1a\n0000")
    send(client, form(), file=picture)
    live.settle()
    ada = Person.objects.get(email="ada@example.org")
    assert personal_data.export([ada.pk])["form_submissions"][0]["values"]["email"] == "ada@example.org"
    assert personal_data.erase([ada.pk]) == {"content_formsubmission": 1}


def test_a_double_click_leaves_one_file(form):
    row, png = form(), b"\x89PNG\r\n\x1a\n0000"
    arrival = submitting.Arrival(token="t")

    def take(file):
        given = Answers(values={"email": "ada@example.org"}, files={"file": file})
        return submitting.take(form=row, answers=given, arrival=arrival, reasons=[])

    class Slow(SimpleUploadedFile):
        again = True

        def seek(self, *place):  # while it is read, the second click arrives
            if self.again:
                self.again = False
                take(SimpleUploadedFile("me.png", png))
            return super().seek(*place)

    answer = take(Slow("me.png", png))
    stored = default_storage.listdir(f"forms/{answer.pk}")[1]
    assert [f"forms/{answer.pk}/{name}" for name in stored] == [answer.values["file"]["file"]]
    assert FormSubmission.objects.get().values == answer.values


def test_a_closed_form_takes_nothing(client, form, actor):
    row = form()
    services.turn(actor=actor, form_id=row.pk, live=False, clock=VirtualClock(timezone.now()))
    assert send(client, row).status_code == 404


def test_the_builder_adds_orders_and_says_what_is_wrong(page, form):
    row = form()
    address = f"/forms/{row.pk}/"
    assert "Save to" in page.get(address).content.decode()
    given = {
        "name": "News",
        "row": ["b", "a"],
        "a-kind": "email",
        "a-label": "Email",
        "a-trait": "email",
        "b-kind": "text",
    }
    drawn = page.post(f"{address}?redraw=1", {**given, "action": "add:select"})
    assert drawn.content.decode().count("data-entry") == 3
    for label in ("", "Your name"):
        changed = page.post(f"{address}?redraw=1", {**given, "b-label": label, "action": ""})
        assert (changed.status_code, changed.content.lstrip()[:26]) == (200, b'<div class="sides" id="bui')
    row.refresh_from_db()
    assert row.version == 1
    wrong = page.post(address, given)
    assert (wrong.status_code, "A field needs a label." in wrong.content.decode()) == (422, True)
    assert page.post(address, {**given, "b-label": "Your name"}).status_code == 302
    row.refresh_from_db()
    names = [field["name"] for field in row.definition["steps"][0]["fields"]]
    assert (row.version, names) == (2, ["your_name", "email"])


def test_a_form_is_made_by_its_name_and_its_answers_are_listed(page, client, form):
    created = page.post("/forms/new/", {"name": "Prize draw"})
    assert WebForm.objects.get(key="prize-draw").version == 1
    assert created.status_code == 302
    row = form()
    send(client, row, first_name="Ada")
    assert "Ada" in page.get(f"/forms/{row.pk}/submissions/").content.decode()
    assert "Prize draw" in page.get("/forms/").content.decode()
