"""Codes in messages: issued when the message is made, the same in each, and never missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rapport.content.models import Template, TemplateVersion
from rapport.content.registry import Addressee
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import CompiledVersion
from rapport.core.access import Actor
from rapport.promotions.models import Coupon, Promotion
from rapport.promotions.services import in_messages, promotions
from rapport.promotions.tests.conftest import Make


def test_a_message_shows_the_persons_code(make: Make, actor: Actor, somebody: Callable[..., Any]) -> None:
    promotion, ada = make("spring"), somebody("Ada")
    template = Template.objects.create(name="T", subject="s")
    version = TemplateVersion.objects.create(
        template=template,
        version=1,
        subject="For you: {{ coupon.spring }}",
        mjml="",
        html="",
        plain="{{ coupon.spring }}",
    )
    compiled = CompiledVersion(version)
    (answers,) = compiled.variables([Addressee(ada.pk)])
    assert isinstance(answers, dict)
    context = {"person": {}, "workspace": {}, **answers}
    code = Coupon.objects.get(person=ada).code
    assert compiled.render(context).subject == f"For you: {code}"
    assert compiled.printed(context)["coupon"] == {"spring": code}
    promotions.set_state(actor=actor, promotion=promotion, state=Promotion.State.STOPPED)
    again, refused = compiled.variables([Addressee(ada.pk), Addressee(somebody("Bob").pk)])
    assert again == {"coupon": {"spring": code}}
    assert isinstance(refused, TemplateError)
    assert "is over" in str(refused)


def test_a_block_of_messages_costs_few_statements(
    make: Make, add: Callable[..., Coupon], somebody: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    make("spring")
    addressees = [Addressee(somebody(f"P{number}").pk) for number in range(60)]
    with django_assert_max_num_queries(20):
        answers = in_messages.values(addressees, ["spring"])
    assert len({given["spring"] for given in answers if isinstance(given, dict)}) == 60
    pool = make("pool", issuing="pool")
    for _two in range(2):
        add(pool, max_uses=1)
    answers = in_messages.values(addressees[:3], ["pool"])
    assert sorted(isinstance(given, TemplateError) for given in answers) == [False, False, True]
