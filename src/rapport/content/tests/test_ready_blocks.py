"""Ready sections compile as they are, in both languages."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone, translation

from rapport.content.services import gallery, ready_blocks
from rapport.content.services.compiler import compile_mail
from rapport.content.services.expanding import Library
from rapport.content.services.liquid import Program

FRAME = "<mjml><mj-body>{}</mj-body></mjml>"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de"])
def test_each_is_a_message_of_its_own(language: str) -> None:
    with translation.override(language):
        for piece in ready_blocks.ready():
            mjml = Library().mjml(FRAME.format(piece.mjml), language)
            compiled = compile_mail(subject="x", preheader="", mjml=mjml)
            product = {"title": "Mug", "url": "https://a.example/", "price": "3.50", "currency": "EUR"}
            shown = Program(compiled.html, html=True).render(
                gallery.sample() | {"products": {"viewed": [product]}, "coupon": {"KEY": "A1"}}
            )
            expected = {"products": "Mug", "coupon": "A1", "place": "1 High Street", "rating": "rating"}
            assert expected.get(piece.key, "") in shown or piece.key == "rating"
            assert "Liquid error" not in shown


def test_the_countdown_counts_when_the_message_is_made() -> None:
    with translation.override("en"):
        (piece,) = [piece for piece in ready_blocks.ready() if piece.key == "countdown"]
    source = piece.mjml
    assert "days left" in Program(source).render({})
    for hours, words in (
        (47, "One day left"),
        (25, "One day left"),
        (23, "The last day"),
        (1, "The last day"),
    ):
        ends = (timezone.now() + dt.timedelta(hours=hours)).isoformat()
        assert words in Program(source.replace("2030-12-24", ends)).render({})
    assert "It is over." in Program(source.replace("2030-12-24", "2020-12-24")).render({})
