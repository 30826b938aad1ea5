"""The visual editor in a real browser: what it does not touch stays as it was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from rapport.content.models import Template, TemplateVersion
from rapport.content.services import gallery, pieces, templates
from rapport.content.services.starter import STARTER_MJML

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE = """<!-- before --><mjml lang="en">
<mj-head><mj-attributes><mj-class name="x" color='red'/></mj-attributes></mj-head>
<mj-body width='600px' data-x="a > b">
 {% if person.plan == "pro" and 1 < 2 %}
 <mj-section css-class="{{ person.kind | default: "a>b" }}" id="one" class="two" style="three">
  <mj-column><!-- <mj-text> never </mj-text> --><mj-text>a &nbsp; &amp; <b>x</b><br>
  {% raw %}</mj-text>{% endraw %}</mj-text>
  <mj-image src="{{ data.image | default: "y" }}" alt=""/><mj-raw><td>{% if z %}</td>{% endif %}</mj-raw>
  {% for item in data.items %}<mj-text><table>
  {% for a in b %}<tr><td>{{ a }}</td></tr>{% endfor %}</table></mj-text>{% else %}{% endfor %}
  <mj-social mode='vertical'><mj-social-element name="x" href="#">X</mj-social-element></mj-social>
  <mj-accordion><mj-accordion-element><mj-accordion-title>T</mj-accordion-title></mj-accordion-element></mj-accordion></mj-column>
 </mj-section>{%- else -%}{{ blocks.foot }}{% endif %}
 <mj-section><mj-group><mj-column/><mj-column></mj-column></mj-group></mj-section><mj-hero><mj-text></mj-text></mj-hero>
</mj-body>
</mjml><!-- after -->
"""


@pytest.fixture
def visual(open_page: Any, actor: Any, db: None) -> Callable[..., tuple[Any, Any]]:
    """Opens a message in it: the page, and the frame in that."""

    def opened(mjml: str, size: str = "wide") -> tuple[Any, Any]:
        row = templates.create_template(actor=actor, name="News", subject="News", mjml=mjml)
        tab = open_page(reverse("content:template", args=[row.pk]) + "?edit=visual", size)
        tab.locator("r-mail-editor[data-edit=visual]").wait_for()
        return tab, tab.frame_locator("iframe.mail-visual")

    return opened


def source(tab: Any) -> str:
    """What has been made of the message, once the source editor is there again."""
    tab.get_by_role("button", name="Source").click()
    tab.locator("r-mail-editor[data-edit=source]").wait_for()
    return str(tab.locator("#mail-mjml").input_value())


def test_what_nobody_touched_stays_as_it_was_written(visual: Any) -> None:
    tab, _frame = visual(STARTER_MJML)
    assert source(tab) == STARTER_MJML
    for message in (gallery.design("abandoned-cart", "de").mjml, HOSTILE):
        tab.evaluate("text => { document.querySelector('#mail-mjml').value = text }", message)
        tab.get_by_role("button", name="Visual").click()
        tab.locator("r-mail-editor[data-edit=visual]").wait_for()
        assert source(tab) == message


def test_every_design_can_be_taken_apart_and_put_together_again(open_page: Any) -> None:
    tab = open_page(reverse("content:template-visual"))
    designs = [gallery.design(key, language).mjml for key in gallery.ORDER for language in ("", "de")]
    again = tab.evaluate(
        """async (sources) => { const { read, write } = await import("/static/content/mail-document.js");
        return sources.map(read).map(({ before, body, after }) => before + write(body) + after) }""",
        designs,
    )
    assert again == designs


PLAIN = """<mjml><mj-body><mj-section><mj-column>
<mj-text>Hello {{ person.first_name }}</mj-text>
<mj-image src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="A mug" />
</mj-column></mj-section></mj-body></mjml>"""


def test_parts_are_added_moved_and_taken_back_by_keyboard(visual: Any) -> None:
    tab, frame = visual(PLAIN)
    frame.get_by_role("button", name="Text Hello").press("Enter")
    frame.get_by_role("button", name="Button", exact=True).press("Enter")
    frame.get_by_label("Address of the link").fill('https://x.example/?a=1&b={{ data.x | default: "<" }}')
    frame.get_by_label("Address of the link").press("Alt+ArrowUp")
    frame.get_by_role("button", name="Image", pressed=False).nth(1).press("Enter")
    frame.locator("#field-alt").fill("")
    frame.locator("#field-alt").press("Tab")
    frame.get_by_text("Say what is on the image").wait_for()
    frame.get_by_role("button", name="Undo").press("Enter")
    address = 'https://x.example/?a=1&amp;b={{ data.x | default: "<" }}'
    added = pieces.button("Read on", address)
    assert source(tab).replace(f"\n        {added}", "") == PLAIN
    assert source(tab).index(added) < source(tab).index("Hello")


def test_a_version_holds_what_is_being_written_in_its_place(visual: Any) -> None:
    tab, frame = visual(PLAIN)
    frame.frame_locator("iframe.gjs-frame").get_by_text("Hello").dblclick()
    frame.locator(".gjs-rte-toolbar").wait_for()
    tab.keyboard.press("End")
    tab.keyboard.type(' & {{ "a" | append: "<b>" }}')
    with tab.expect_navigation():
        tab.get_by_role("button", name="Save version").click()
    written = PLAIN.replace("first_name }}", 'first_name }} &amp; {{ "a" | append: "<b>" }}')
    assert TemplateVersion.objects.get().mjml == Template.objects.get().mjml == written


def test_it_refuses_what_it_would_lose_and_says_where(visual: Any) -> None:
    tab, _frame = visual(PLAIN)
    crossed = PLAIN.replace("<mj-text>", "{% if a %}<mj-text>").replace(
        "</mj-column>", "</mj-column>{% endif %}"
    )
    source(tab)
    tab.evaluate("text => { document.querySelector('#mail-mjml').value = text }", crossed)
    tab.get_by_role("button", name="Visual").click()
    tab.get_by_text("begins in one part of the message and ends in another").wait_for()
    assert tab.locator("#mail-mjml").input_value() == crossed


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_it_has_no_barriers(open_page: Any, size: str) -> None:
    tab = open_page(reverse("content:template-visual"), size)
    tab.evaluate(
        "source => postMessage({ from: 'mail-editor', type: 'open', source }, location.origin)", PLAIN
    )
    tab.get_by_role("button", name="Text Hello").click()
    tab.evaluate("scrollTo(0, 0)")  # what is half under the bar is no small target
    report = Axe().run(tab, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in report["violations"]] == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.locator("#canvas").bounding_box()["height"] > 300


def test_a_ready_section_goes_into_either_editor(visual: Any) -> None:
    tab, frame = visual(PLAIN)
    tab.get_by_role("button", name="Insert").click()
    tab.get_by_role("button", name="Place", exact=True).click()
    frame.get_by_role("button", name="Text Name of the business").wait_for()
    assert "openstreetmap" in source(tab)
    tab.get_by_role("button", name="Insert").click()
    tab.get_by_role("button", name="Coupon", exact=True).click()
    assert "coupon.KEY" in tab.locator("#mail-mjml").input_value()


def test_a_saved_version_comes_back_to_the_same_text_in_the_same_editor(visual: Any) -> None:
    tab, frame = visual(PLAIN)
    frame.frame_locator("iframe.gjs-frame").get_by_text("Hello").click()
    frame.get_by_role("button", name="Text Hello First name", pressed=True).wait_for()
    with tab.expect_navigation():
        tab.get_by_role("button", name="Save version").click()
    tab.locator("r-mail-editor[data-edit=visual]").wait_for()
    assert "edit=" not in tab.url
    frame.get_by_role("button", name="Text Hello First name", pressed=True).wait_for()
    source(tab)
    with tab.expect_navigation():
        tab.get_by_role("button", name="Save version").click()
    assert tab.locator("r-mail-editor").get_attribute("data-first") == "source"


def test_personal_values_are_words_with_something_for_who_has_none(visual: Any) -> None:
    tab, frame = visual(PLAIN)
    canvas = frame.frame_locator("iframe.gjs-frame")
    canvas.get_by_text("Hello").dblclick()
    canvas.locator("[contenteditable=true] [data-personal-value]", has_text="First name").click()
    dialog = tab.get_by_role("dialog", name="Personal value")
    dialog.get_by_label("If missing").fill('dear "friend"')
    dialog.get_by_role("button", name="Insert").click()
    tab.get_by_role("button", name="Insert").click()
    tab.get_by_role("button", name="Personal value", exact=True).click()
    dialog.get_by_label("Value").select_option("Email address")
    dialog.get_by_role("button", name="Insert").click()
    frame.locator("#structure").get_by_role("button", name="Image").click()
    frame.get_by_role("button", name="Text Hello").click()
    box = frame.get_by_role("textbox", name="Text", exact=True)
    assert box.locator("[data-personal-value]").all_inner_texts() == ["First name", "Email address"]
    tab.get_by_role("button", name="Add a personal value").click()
    dialog.get_by_role("button", name="Insert").click()
    assert tab.get_by_label("Subject").input_value() == "News{{ person.first_name }}"
    written = source(tab)
    assert "Hello {{ person.first_name | default: 'dear \"friend\"' }}" in written
    assert "{{ person.email }}" in written


def test_choosing_a_part_does_not_move_the_page_around(visual: Any) -> None:
    texts = "".join(f"<mj-text>Line {at}.</mj-text>" for at in range(30))
    tab, frame = visual(PLAIN.replace("<mj-text>", f"{texts}<mj-text>"))
    text = frame.frame_locator("iframe.gjs-frame").get_by_text("Line 9.")
    text.click()
    frame.get_by_role("button", name="Text Line 9.", pressed=True).wait_for()
    assert tab.evaluate("scrollY") == 0
    text.dblclick()
    frame.locator(".gjs-rte-toolbar").wait_for()
    bar = frame.locator(".gjs-rte-toolbar").bounding_box()
    assert bar["y"] + bar["height"] <= frame.locator("#canvas").bounding_box()["y"]
