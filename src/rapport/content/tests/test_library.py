"""Images, blocks and the brand: kept clean, put in when a template is published, and said where they are wrong."""

from __future__ import annotations

import io
import re

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import InMemoryStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Pillow

from rapport.content.library import blocks, brands, images, queries
from rapport.content.models import Brand, Image, Written
from rapport.content.queries import image_url
from rapport.content.services import expanding, templates
from rapport.content.services.brand_values import LEGIBLE, contrast, values_of
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import compiled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def storage(monkeypatch):
    own = InMemoryStorage()
    for module in ("images", "views"):
        monkeypatch.setattr(f"rapport.content.library.{module}.default_storage", own)
    return own


def picture(width=2_000, height=500, kind="JPEG", **options):
    out = io.BytesIO()
    Pillow.new("RGB", (width, height), "#3b5bdb").save(out, kind, **options)
    return out


def upload(actor, content=None, alt="A blue sea", name="sea.jpg"):
    content = content or picture()
    content.seek(0)
    return images.add_image(actor=actor, content=content, name=name, alt=alt)


def mail(body):
    return f"<mjml><mj-body><mj-section><mj-column>{body}</mj-column></mj-section></mj-body></mjml>"


def page_of(actor, body, subject="News"):
    template = templates.create_template(actor=actor, name="T", subject=subject, mjml=mail(body))
    version = templates.publish(actor=actor, template_id=template.pk)
    context = {"person": {"first_name": "Ada"}, "workspace": {}, "rapport": {"pixel": ""}}
    return template, compiled(version.pk).render(context)


def test_an_image_is_made_smaller_freed_of_its_place_and_shown_to_anybody(actor, client):
    exif = Pillow.Exif()
    exif[0x010E] = "taken at home"
    row = upload(actor, picture(exif=exif))
    assert (row.width, row.height) == (1_200, 300)
    answer = Client().get(image_url(row).partition("/i/")[2].join(("/i/", "")))
    assert answer["Content-Type"] == "image/jpeg"
    assert "immutable" in answer["Cache-Control"]
    assert b"taken at home" not in answer.content
    small = Client().get(f"/i/{row.pk}/small.jpg")
    assert Pillow.open(io.BytesIO(small.content)).width == images.SMALL
    assert Client().get(f"/i/{row.pk}/full.svg").status_code == 404


def test_a_telephones_image_is_a_jpeg_without_its_second_view(actor):
    content, exif = io.BytesIO(), Pillow.Exif()
    exif[0x010E] = "taken at home"
    views = [Pillow.new("RGB", (80, 40), color) for color in ("red", "blue")]
    views[0].save(content, "MPO", save_all=True, append_images=views[1:], exif=exif)
    row = upload(actor, content)
    answer = Client().get(f"/i/{row.pk}/full.jpg")
    assert answer["Content-Type"] == "image/jpeg"
    assert b"taken at home" not in answer.content
    assert not getattr(Pillow.open(io.BytesIO(answer.content)), "is_animated", False)


def test_a_moving_image_keeps_its_frames_and_loses_its_place(actor):
    content, exif = io.BytesIO(), Pillow.Exif()
    exif[0x010E] = "taken at home"
    frames = [Pillow.new("RGB", (8, 8), color) for color in ("red", "blue")]
    frames[0].save(content, "WEBP", save_all=True, append_images=frames[1:], exif=exif)
    row = upload(actor, content)
    answer = Client().get(f"/i/{row.pk}/full.webp")
    assert b"taken at home" not in answer.content
    assert Pillow.open(io.BytesIO(answer.content)).n_frames == 2


def test_the_same_image_is_kept_once_and_comes_back_from_the_archive(actor):
    row = upload(actor)
    images.archive_image(actor=actor, image_id=row.pk)
    assert upload(actor, alt="Again") == row
    assert Image.objects.get().archived_at is None


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"), "image"),
        (io.BytesIO(b"<script>alert(1)</script>"), "image"),
        (io.BytesIO(b"GIF89a<script>alert(1)</script>"), "image"),
        (io.BytesIO(b""), "image"),
    ],
)
def test_what_is_no_image_is_refused(actor, content, field):
    with pytest.raises(ValidationError) as refused:
        upload(actor, content)
    assert field in refused.value.message_dict


def test_a_page_hidden_behind_an_image_is_not_served(actor):
    content = picture(10, 10, "PNG")
    content.seek(0, io.SEEK_END)
    content.write(b"<html><script>alert(1)</script>")
    row = upload(actor, content)
    assert b"script" not in Client().get(f"/i/{row.pk}/full.png").content


def test_an_image_needs_words(actor):
    with pytest.raises(ValidationError, match="cannot see it"):
        upload(actor, alt=" \u200b ")


def test_the_brand_stands_in_attributes_subject_and_text(actor):
    brands.change_brand(actor=actor, values={"name": "Tom & Co", "primary": "#AA0000", "radius": 3})
    _template, shown = page_of(
        actor,
        '<mj-button background-color="{{ brand.primary }}" border-radius="{{brand.radius}}" href="https://a.example/">'
        "{{ brand.name }}</mj-button>",
        subject="From {{ brand.name }}",
    )
    assert shown.subject == "From Tom & Co"
    assert "#aa0000" in shown.html
    assert "Tom &amp; Co" in shown.html
    assert "3px" in shown.html


def test_the_text_on_buttons_is_legible_whatever_their_colour(actor):
    for color in ("#ffffff", "#000000", "#ffee00", "#3b5bdb"):
        row = brands.change_brand(actor=actor, values={"primary": color})
        assert contrast(values_of(row)["on_primary"], color) >= LEGIBLE


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"primary": "red;}body{"}, "primary"),
        ({"text": "#ffffff"}, "text"),
        ({"font": "x"}, "font"),
        ({"website": "javascript:alert(1)"}, "website"),
    ],
)
def test_a_brand_that_cannot_be_is_refused(actor, values, field):
    with pytest.raises(ValidationError) as refused:
        brands.change_brand(actor=actor, values=values)
    assert field in refused.value.message_dict


def test_a_block_stands_in_a_mail_and_a_change_comes_when_it_is_published_again(actor):
    block = blocks.create_block(
        actor=actor,
        key="bye",
        name="Bye",
        kind="mjml",
        body="<mj-text>Yours, {{ person.first_name }}'s shop</mj-text>",
    )
    template, shown = page_of(actor, "{{ blocks.bye }}")
    assert "Yours, Ada's shop" in shown.html
    assert templates.publish(actor=actor, template_id=template.pk).version == 1
    blocks.change_block(actor=actor, block_id=block.pk, name="Bye", body="<mj-text>See you</mj-text>")
    assert list(queries.users_of(actor, block)) == [template]
    assert blocks.publish_users(actor=actor, block_id=block.pk) == (1, {})
    assert template.versions.order_by("-version").first().uses == {"blocks": {"bye": 2}}
    with pytest.raises(ValidationError, match="used by"):
        blocks.archive_block(actor=actor, block_id=block.pk)


def test_a_draft_that_waits_is_not_published_by_a_block(actor):
    block = blocks.create_block(actor=actor, key="bye", name="Bye", kind="text", body="Bye")
    template, _shown = page_of(actor, "<mj-text>{{ blocks.bye }}</mj-text>")
    templates.save_draft(actor=actor, template_id=template.pk, subject="Half")
    blocks.change_block(actor=actor, block_id=block.pk, name="Bye", body="Bye bye")
    published, refused = blocks.publish_users(actor=actor, block_id=block.pk)
    assert (published, list(refused)) == (0, ["T"])


def test_a_text_is_escaped_in_a_mail_its_liquid_is_not(actor):
    blocks.create_block(
        actor=actor, key="sign", name="S", kind="text", body='<b> & {{ person.x | default: "you" }}\nnext'
    )
    _template, shown = page_of(actor, "<mj-text>{{ blocks.sign }}</mj-text>", subject="Hi {{ blocks.sign }}")
    assert "&lt;b&gt; &amp; you<br" in shown.html
    assert shown.subject == "Hi <b> & you next"


def test_a_block_speaks_the_language_of_the_template(actor):
    block = blocks.create_block(
        actor=actor,
        key="hi",
        name="Hi",
        kind="text",
        body="Hello",
        language="en",
        translations={"de": "Hallo"},
    )
    written = Written(subject="{{ blocks.hi }}")
    subjects = [
        expanding.Library().expanded(written, language).subject for language in ("en-GB", "de-AT", "fr")
    ]
    assert subjects == ["Hello", "Hallo", "Hello"]
    assert block.version == 1


@pytest.mark.parametrize(
    ("source", "words", "line"),
    [
        ("\n\n{{ blocks.none }}", "no block", 3),
        ("\n{{ brand.colour }}", "brand has no", 2),
        ("<mj-text>a</mj-text>\n<mj-wrong/>", "no component", 2),
    ],
)
def test_what_is_wrong_names_its_line(actor, source, words, line):
    template = templates.create_template(actor=actor, name="T", subject="S", mjml=mail(source))
    with pytest.raises(TemplateError, match=words) as refused:
        templates.publish(actor=actor, template_id=template.pk)
    assert refused.value.line == line


def test_a_block_cannot_contain_itself_by_another(actor):
    first = blocks.create_block(actor=actor, key="one", name="1", kind="text", body="1")
    blocks.create_block(actor=actor, key="two", name="2", kind="text", body="{{ blocks.one }}")
    with pytest.raises(ValidationError, match="contains itself"):
        blocks.change_block(actor=actor, block_id=first.pk, name="1", body="{{ blocks.two }}")


@pytest.mark.parametrize("body", ["<mj-text>", "{% if %}", "{{ x | nothing }}", "{% include 'x' %}", " "])
def test_a_block_that_does_not_compile_is_not_kept(actor, body):
    with pytest.raises(ValidationError) as refused:
        blocks.create_block(actor=actor, key="x", name="X", kind="mjml", body=body)
    assert "body" in refused.value.message_dict


def test_a_block_or_brand_changed_meanwhile_is_not_overwritten_unseen(actor, page):
    block = blocks.create_block(actor=actor, key="bye", name="Bye", kind="text", body="Bye")
    for address, values in (
        (f"/library/blocks/{block.pk}/", {"name": "Bye", "body": "Mine"}),
        (
            "/library/brand/",
            {"footer": "Mine", **{name: getattr(Brand(), name) for name in brands.FIELDS[2:8]}},
        ),
    ):
        revision = re.search(r'name="revision"[^>]*value="([^"]+)"', page.get(address).content.decode())[1]
        blocks.change_block(actor=actor, block_id=block.pk, name="Bye", body="Theirs")
        brands.change_brand(actor=actor, values={"footer": f"Theirs {address}"})
        answer = page.post(address, {**values, "revision": revision})
        assert answer.status_code == 422
        assert "Theirs" in answer.content.decode()


def test_a_picture_is_uploaded_where_it_is_wanted(page):
    where = "/library/images/upload/"
    sea = SimpleUploadedFile("sea.jpg", picture().getvalue())
    answer = page.post(where, {"image": sea, "alt": "The sea"})
    assert answer.status_code == 201
    assert page.get(answer.json()["url"]).status_code == 200
    evil = SimpleUploadedFile("sea.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    refused = page.post(where, {"image": evil, "alt": "The sea"})
    assert (refused.status_code, "problem" in refused.json()) == (422, True)
