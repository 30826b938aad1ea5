"""Ready sections of an email that read data: products, a coupon, a countdown, a rating, an event, a place."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from rapport.content.services import personal_values, writing_aids
from rapport.content.services.pieces import Piece, button

PRODUCTS = """{{% for product in products.viewed limit: 3 %}}
<mj-section padding="12px 40px">
  <mj-column width="30%">
    <mj-image src="{{{{ product.image }}}}" alt="{{{{ product.alt }}}}" href="{{{{ product.url }}}}" padding="0" />
  </mj-column>
  <mj-column width="70%">
    <mj-text padding="0 0 0 20px"><strong>{{{{ product.title }}}}</strong><br />
      {{{{ product.price | money: product.currency }}}}<br />
      <a href="{{{{ product.url }}}}">{look}</a></mj-text>
  </mj-column>
</mj-section>
{{% endfor %}}"""
COUPON = """<mj-section padding="16px 40px"><mj-column border="2px dashed #596069" padding="16px">
  <mj-text align="center" padding="4px">{words}</mj-text>
  <mj-text align="center" padding="4px" font-size="24px" font-weight="700">{{{{ coupon.KEY }}}}</mj-text>
</mj-column></mj-section>"""
COUNTDOWN = """<mj-section><mj-column><mj-text align="center" font-size="22px" font-weight="700">
  {{% assign ends = "2030-12-24" | date: "%s" %}}{{% assign now = "now" | date: "%s" %}}
  {{% assign days = ends | minus: now | divided_by: 86400 %}}
  {{% if days > 1 %}}{many}{{% elsif days == 1 %}}{one}{{% elsif days == 0 %}}{last}{{% else %}}{over}{{% endif %}}
</mj-text></mj-column></mj-section>"""
EVENT = """<mj-section padding="16px 40px"><mj-column border="1px solid #d0d5dd" border-radius="12px" padding="16px">
  <mj-text padding="4px 12px" font-size="20px" font-weight="700">{name}</mj-text>
  <mj-text padding="4px 12px">{{{{ "2030-06-12" | local_date }}}}, 18:00<br />{place}</mj-text>
  {button}
</mj-column></mj-section>"""
PLACE = """<mj-section padding="16px 40px"><mj-column>
  <mj-text><strong>{{{{ workspace.name }}}}</strong><br />{{{{ workspace.postal_address }}}}<br />
    <a href="https://www.openstreetmap.org/search?query={{{{ workspace.postal_address | url_encode }}}}">{show}</a>
  </mj-text>
</mj-column></mj-section>"""


def ready() -> list[Piece]:
    """All of them, with words in the language of who writes."""
    place = PLACE.format(show=_("Show on the map"))
    event = EVENT.format(
        name=_("Name of the event"), place=_("Place of the event"), button=button(_("Save my seat"))
    )
    return [
        Piece("products", _("Products"), "shopping-bag", PRODUCTS.format(look=_("Have a look"))),
        Piece("coupon", _("Coupon"), "ticket", COUPON.format(words=_("Your code:"))),
        Piece("countdown", _("Countdown"), "clock", _countdown()),
        Piece("rating", _("Rating"), "star", _rating()),
        Piece("event", _("Event"), "calendar", event),
        Piece("place", _("Place"), "map-pin", place),
    ]


def for_writing() -> dict[str, Any]:
    """What the page of the editors offers: names and components, and these sections with their sources."""
    sections = ready()
    sources = {piece.key: piece.mjml for piece in sections}
    return {
        "aids": writing_aids.aids,
        "ready": sections,
        "ready_sources": sources,
        "personal": personal_values.groups(),
    }


def _countdown() -> str:
    many = _("%(days)s days left") % {"days": "{{ days }}"}
    return COUNTDOWN.format(many=many, one=_("One day left"), last=_("The last day"), over=_("It is over."))


def _rating() -> str:
    """Five links; the click on one is an event with its address, which is the answer."""
    links = "\n    ".join(
        f'<a href="https://example.com/thanks?rating={at}" title="{at}/5" style="text-decoration:none">{at}</a>&nbsp;'
        for at in range(1, 6)
    )
    question = _("How did you like it?")
    return (
        f'<mj-section><mj-column>\n  <mj-text align="center">{question}</mj-text>\n'
        f'  <mj-text align="center" font-size="28px" line-height="1.6">'
        f"\n    {links}\n"
        "  </mj-text>\n</mj-column></mj-section>"
    )
