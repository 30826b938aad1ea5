"""Languages of a template: written apart, frozen together, and chosen by who reads."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from rapport.content.models import Link
from rapport.content.services import previews, templates, translations
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import Recipient, compiled
from rapport.core import languages

pytestmark = pytest.mark.django_db
GERMAN = """<mjml><mj-body><mj-section><mj-column><mj-text>Hallo {{ person.first_name }}</mj-text>
<mj-button href="https://shop.example/de/sale">Los</mj-button></mj-column></mj-section></mj-body></mjml>"""


@pytest.fixture
def german(actor: Any, template: Any) -> Any:
    translations.add(actor=actor, template_id=template.pk, language="de_DE")
    return templates.save_draft(
        actor=actor, template_id=template.pk, translation="de-de", subject="Hallo!", mjml=GERMAN
    )


@pytest.mark.parametrize(
    ("tag", "meant"),
    [("de", "de"), ("DE_at.UTF-8", "de"), ("pt", "pt-br"), ("fr", ""), ("", ""), (None, ""), ("en_GB", "en")],
)
def test_the_nearest_language_is_meant(tag: Any, meant: str) -> None:
    assert languages.best(tag, ["en", "de-ch", "de", "pt-br", "en-us"]) == meant


def test_a_version_holds_all_languages_with_links_of_their_own(actor: Any, german: Any) -> None:
    version = templates.publish(actor=actor, template_id=german.pk)
    assert (
        list(Link.objects.order_by("position").values_list("url", flat=True))[-1]
        == "https://shop.example/de/sale"
    )
    work = compiled(version.pk)
    links = {f"link_{at}": f"https://t/{at}" for at in range(work.links)}
    context = {"person": {"first_name": "Ada"}, "workspace": {}, "rapport": {**links, "pixel": ""}}
    for language, subject, link in (("de", "Hallo!", "t/2"), ("fr", "Hi Ada", "t/0"), ("", "Hi Ada", "t/0")):
        shown = work.render({**context, "language": language})
        assert shown.subject == subject
        assert link in shown.html
    signed_off = work.render({**context, "language": "de", "unsubscribe_url": "https://u"}).html
    assert "Abbestellen" in signed_off or "Abmelden" in signed_off
    assert work.printed({**context, "language": "de-at"})["language"] == "de-at"
    templates.save_draft(actor=actor, template_id=german.pk, translation="de-de", subject="{{ broken")
    with pytest.raises(TemplateError, match="Deutsch"):
        templates.publish(actor=actor, template_id=german.pk)
    assert (
        templates.restore(actor=actor, template_id=german.pk, version=1).written("de-de").subject == "Hallo!"
    )


def test_a_person_gets_the_language_they_chose_before_that_of_their_traits(
    actor: Any, german: Any, new_person: Any
) -> None:
    ada = new_person("ada", language="de-AT")
    assert previews.preview(actor=actor, template=german, person_id=ada.pk).subject == "Hallo!"
    assert previews.preview(actor=actor, template=german, person_id=ada.pk, language="en").subject == "Hi Ada"
    assert Recipient(ada.pk, "Ada", "", ada.traits, "en").language == "en"


def test_the_editor_writes_the_language_it_shows(page: Any, german: Any) -> None:
    address = reverse("content:template", args=[german.pk])
    shown = page.get(f"{address}?language=de-de").content.decode()
    assert 'value="Hallo!"' in shown
    assert "Hi {{" not in shown
    posted = {"language": "de-de", "subject": "Servus", "mjml": GERMAN, "name": "Sale"}
    page.post(reverse("content:template-draft", args=[german.pk]), posted)
    german.refresh_from_db()
    assert (german.subject, german.written("de-de").subject) == ("Hi {{ person.first_name }}", "Servus")
    added = page.post(reverse("content:template-languages", args=[german.pk]), {"language": "fr"})
    assert added["Location"] == f"{address}?language=fr"
    page.post(reverse("content:template-language-drop", args=[german.pk, "fr"]))
    german.refresh_from_db()
    assert german.languages == ["en-gb", "de-de"]


def test_the_api_gives_and_takes_all_languages(api: Any, template: Any) -> None:
    path = f"/templates/{template.pk}"
    german = {"subject": "Hallo", "preheader": "", "mjml": GERMAN, "text": "", "fields": {}}
    status, answer = api("PATCH", path, {"translations": {"DE": german}})
    assert (status, answer["translations"]) == (200, {"de": german})
    assert api("POST", f"{path}/preview", {"language": "de"})[1]["subject"] == "Hallo"
    assert api("PATCH", path, {"translations": {"en-GB": german}})[0] == 422
    assert api("PATCH", path, {"translations": {"no tag": german}})[0] == 422
    assert api("PATCH", path, {"translations": {"de-AT": german, "de_at": german}})[0] == 422
    assert api("PATCH", path, {"translations": {}})[1]["translations"] == {}
