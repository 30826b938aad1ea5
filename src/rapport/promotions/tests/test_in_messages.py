"""Codes in messages: issued when the message is made, the same in each, and never missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rapport.content.models import Template, TemplateVersion
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import CompiledVersion
from rapport.core.access import Actor
from rapport.promotions.models import Coupon, Promotion
from rapport.promotions.services import promotions
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
    context = {"person": {}, "workspace": {}, **compiled.variables(ada.pk)}
    code = Coupon.objects.get(person=ada).code
    assert compiled.render(context).subject == f"For you: {code}"
    assert compiled.printed(context)["coupon"] == {"spring": code}
    assert compiled.variables(ada.pk) == {"coupon": {"spring": code}}
    promotions.set_state(actor=actor, promotion=promotion, state=Promotion.State.STOPPED)
    assert compiled.variables(ada.pk)["coupon"]["spring"] == code
    with pytest.raises(TemplateError, match="is over"):
        compiled.variables(somebody("Bob").pk)
