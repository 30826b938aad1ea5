"""Links come out as they were meant: no money signs, no raw letters on the wire, nothing half encoded."""

from __future__ import annotations

import html

import pytest

from rapport.content.services.compiler import Compiled, compile_mail
from rapport.content.services.links import attribute, safe_url
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError


def mail(link: str) -> Compiled:
    body = f"<mj-section><mj-column><mj-text>{link}</mj-text></mj-column></mj-section>"
    return compile_mail(subject="s", preheader="", mjml=f"<mjml><mj-body>{body}</mj-body></mjml>")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("?a=1&currency=EUR&copy=2&reg&sect=3&para;", "?a=1&currency=EUR&copy=2&reg&sect=3¶"),
        ("?a=1&amp;b=2&#38;c=3&#x26;d", "?a=1&b=2&c=3&d"),
        ("?not=1&amplitude=3&lt=5&times=2&euro;", "?not=1&amplitude=3&lt=5&times=2€"),
    ],
)
def test_only_whole_entities_are_decoded(written: str, meant: str) -> None:
    assert attribute(written) == meant
    url = "https://shop.example/" + written
    assert mail(f'<a href="{url}">x</a>').links == ["https://shop.example/" + meant]


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (
            "https://bücher.example/straße?q=für#ü",
            "https://xn--bcher-kva.example/stra%C3%9Fe?q=f%C3%BCr#%C3%BC",
        ),
        ("https://shop.example/a b?c=d e", "https://shop.example/a%20b?c=d%20e"),
        ("  https://shop.example/x\n ", "https://shop.example/x"),
        ("https://shop.example/%C3%BC%20", "https://shop.example/%C3%BC%20"),
        ("https://ann@bücher.example:8443/", "https://ann@xn--bcher-kva.example:8443/"),
        ("https://shop.example/?a=\u202e\u200b", "https://shop.example/?a=%E2%80%AE%E2%80%8B"),
        ("https://例え.テスト/日本", "https://xn--r8jz45g.xn--zckzah/%E6%97%A5%E6%9C%AC"),
        ("https://[::1]:8000/x", "https://[::1]:8000/x"),
        ('https://shop.example/"<>\\^`{|}', "https://shop.example/%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("mailto:ann@example.org?subject=Für dich", "mailto:ann@example.org?subject=F%C3%BCr%20dich"),
        ("java\nscript:alert(1)", "#"),
        ("javascript:alert(1)", "#"),
        ("data:text/html,x", "#"),
        ("https://shop.example/\x00", "#"),
        ("https://a..ü/", "#"),
        ("mailto:ann@bücher.example,Bob@example.org", "mailto:ann@xn--bcher-kva.example,Bob@example.org"),
        ("tel:+49 170 123", "tel:+49170123"),
        ("sms:+49 170?body=a b", "sms:+49170?body=a%20b"),
        ("mailto:ann@a..ü", "#"),
        ("//evil.example", "#"),
    ],
)
def test_an_address_goes_over_the_wire_as_a_uri(written: str, sent: str) -> None:
    assert safe_url(written) == sent


def test_a_mail_address_is_plain_in_the_plain_part() -> None:
    compiled = mail('<a href="mailto:ann@example.org?subject=a&amp;body=b">Write</a>')
    assert "mailto:ann@example.org?subject=a&body=b" in compiled.plain
    assert 'href="mailto:ann@example.org?subject=a&amp;body=b"' in compiled.html


@pytest.mark.parametrize(
    "link",
    [
        "https://s.example:abc/",
        "https://s.example:99999/",
        "https://a..b/",
        "https://a..ü/",
        "https:///x",
        "//s.example/",
        "x.html",
    ],
)
def test_a_link_that_leads_nowhere_is_refused_when_it_is_written(link: str) -> None:
    with pytest.raises(TemplateError, match="line 1: A link goes to"):
        mail(f'<a href="{link}">x</a>')


PERSON = {
    "url": "https://s.example/a b?x=ü&y=1",
    "js": "javascript:x",
    "name": "Ann & Bob",
    "mail": "ann@exämple.org",
}


@pytest.mark.parametrize(
    ("link", "sent"),
    [
        ("{{ person.url }}", "https://s.example/a%20b?x=%C3%BC&y=1"),
        ("{{person.url}}&z=1&copy=2", "https://s.example/a%20b?x=%C3%BC&y=1&z=1&copy=2"),
        ("{% if person.name %}https://s.example/a b{% else %}x{% endif %}", "https://s.example/a%20b"),
        ("{{ person.js }}", "#"),
        ("{{ person.js }}{{ person.name }}", "#"),
        ("javascript:{{ person.name }}", "#"),
        ("javascript:x('unsubscribe_url',{{ person.name }})", "#"),
        (
            "mailto:{{ person.mail }}?subject={{ person.name }}",
            "mailto:ann@xn--exmple-cua.org?subject=Ann%20&%20Bob",
        ),
        ("tel:{{ person.name }}", "tel:Ann&Bob"),
        ("{{ unsubscribe_url }}", "https://u.example/"),
    ],
)
def test_a_personal_address_is_looked_at_as_a_whole_in_both_parts(link: str, sent: str) -> None:
    compiled = mail(f'<a href="{link}">x</a> {{{{ unsubscribe_url }}}}')
    context = {"person": PERSON, "unsubscribe_url": "https://u.example/"}
    assert f'href="{html.escape(sent)}"' in Program(compiled.html, html=True).render(context)
    assert f"x: {sent}" in Program(compiled.plain).render(context)
