"""The gallery: every design is a message that can be sent as it is, in both languages, and reads well."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import translation

from rapport.content.library.brands import change_brand
from rapport.content.models import Template
from rapport.content.services import gallery, liquid
from rapport.content.services.brand_values import contrast, toned
from rapport.content.services.compiler import compile_mail
from rapport.content.services.expanding import Library
from rapport.content.services.liquid import Program

CLIPPED_BY_GMAIL = 102 * 1024


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("key", gallery.ORDER)
def test_a_design_lacks_nothing(key: str, language: str) -> None:
    design = gallery.design(key, language)
    with translation.override(language):
        mjml = Library().mjml(design.mjml, language)
        compiled = compile_mail(subject=design.subject, preheader=design.preheader, mjml=mjml)
        html, missing = liquid.noting_missing(
            lambda: Program(compiled.html, html=True).render(gallery.sample())
        )
        subject = Program(design.subject).render(gallery.sample())
    assert not compiled.warnings
    assert not missing
    assert len(html.encode()) < CLIPPED_BY_GMAIL
    assert "prefers-color-scheme" in html
    assert "/e/u/preview" in html
    assert "1 High Street" in html
    assert "[[" not in html + subject
    assert subject
    assert design.name
    assert design.purpose
    assert ("Abmelden" in html) == (language == "de")


def test_every_file_of_the_gallery_stands_in_it() -> None:
    files = {path.stem for path in gallery.FOLDER.glob("*.mjml")} - {"frame"}
    assert files == set(gallery.ORDER)


@pytest.mark.django_db
def test_a_template_starts_from_a_design_or_from_another(page: Any, template: Template) -> None:
    address = reverse("content:template-new")
    assert b"Product launch" in page.get(address).content
    page.post(address, {"name": "Hello", "channel": "email", "start": "welcome"})
    assert "good to have you here" in Template.objects.get(name="Hello").mjml
    Template.objects.filter(pk=template.pk).update(translations={"de": {"subject": "Hallo"}})
    assert b"Copy of Sale" in page.get(f"{address}?start={template.pk}").content
    page.post(address, {"name": "Twin", "channel": "sms", "start": str(template.pk)})
    twin = Template.objects.get(name="Twin")
    assert (twin.mjml, twin.channel, twin.translations) == (
        template.mjml,
        "email",
        {"de": {"subject": "Hallo"}},
    )


@pytest.mark.django_db
@pytest.mark.parametrize("start", ["nothing-like-it", "00000000-0000-0000-0000-000000000000"])
def test_there_is_nothing_to_start_from(page: Any, start: str) -> None:
    assert page.get(f"{reverse('content:template-new')}?start={start}").status_code == 404


@pytest.mark.django_db
def test_a_picture_is_shown_without_scripts(page: Any) -> None:
    shown = page.get(reverse("content:template-picture", args=["sale"]))
    assert b"SUMMER30" in shown.content
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert page.get(reverse("content:template-picture", args=["none"])).status_code == 404


def test_a_design_in_the_brands_colours_is_as_legible_as_in_its_own() -> None:
    for brand in ("#ffd400", "#0b0b0c", "#f5f5f5", "#ff0000", "#3b5bdb"):
        for like in ("#3730a3", "#9a3412", "#fdba74", "#eeeef6", "#6b7280"):
            behind = "#ffffff" if contrast(like, "#ffffff") > contrast(like, "#111111") else "#111111"
            assert contrast(toned(brand, like), behind) >= contrast(like, behind)


@pytest.mark.django_db
def test_a_design_takes_the_colours_footer_and_logo_of_the_brand(actor: Any) -> None:
    own = gallery.picture("newsletter")
    values = {"primary": "#ffd400", "footer": "Made <in> Leeds", "name": "Mugs & more", "radius": 3}
    change_brand(actor=actor, values=values)
    branded = gallery.picture("newsletter")
    assert ("#3730a3" in own, "#3730a3" in branded) == (True, False)
    assert "Made &lt;in&gt; Leeds<br" in branded
    assert "Mugs &amp; more" in branded
    assert 'bgcolor="#ffd400"' in branded


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_designs_are_accessible_in_light_and_in_the_dark(open_page: Any) -> None:
    tab = open_page(reverse("content:template-new")).context.new_page()  # which has no policy of its own
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        for key in gallery.ORDER:
            tab.set_content(gallery.picture(key, "en"))
            result = Axe().run(tab, options=rules)
            assert not result.response["violations"], (key, scheme, result.generate_report())
            assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), key
