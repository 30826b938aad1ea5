"""`bench content`: mails rendered for one person after another, beside python-liquid alone on the same sources.

One process, no sending: what is measured is the template's subject, HTML and plain text from a person's traits. Once
with the designs of the gallery as they come, once with one that has conditions, a loop over products and filters.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport.bench import rig

if TYPE_CHECKING:
    from rapport.content.models import TemplateVersion

PEOPLE, ROUNDS = 500, 5
LOOPING = """
<mjml><mj-body><mj-section><mj-column>
<mj-text>Hello {{ person.first_name | default: "there" | capitalize }}{% if person.points > 500 %}, you have
{{ person.points }} points{% endif %}.</mj-text>
<mj-raw>{% for product in person.viewed limit: 4 %}</mj-raw>
<mj-text><b>{{ product.name | upcase | truncate: 40 }}</b> {{ product.price | times: 0.9 | round: 2 }}</mj-text>
<mj-button href="https://shop.example/p/{{ product.sku | url_encode }}">See it</mj-button>
<mj-raw>{% endfor %}</mj-raw>
<mj-text>{% if person.city == "Hamburg" %}Come and see us.{% elsif person.city %}Greetings to {{ person.city }}.
{% else %}Wherever you are.{% endif %}</mj-text>
</mj-column></mj-section></mj-body></mjml>
"""


def measure(folder: Path) -> dict[str, Any]:
    """Renders a second of one core, ours and python-liquid's, and the ratio."""
    with rig.engines(folder):
        simple, looping = _from_gallery(), _published("Looping", LOOPING)
        figures = {"simple": _compared(simple), "loops_and_filters": _compared(looping)}
    return {"figures": figures, "sizes": {"people": PEOPLE, "rounds": ROUNDS}}


def _published(name: str, mjml: str) -> TemplateVersion:
    from rapport.content.services import templates
    from rapport.core.access import system

    actor = system("bench")
    template = templates.create_template(
        actor=actor, name=name, subject="News for {{ person.first_name }}", mjml=mjml
    )
    return templates.publish(actor=actor, template_id=template.pk)


def _from_gallery() -> TemplateVersion:
    from rapport.content.services import starting, templates
    from rapport.core.access import system

    actor = system("bench")
    template = starting.start_template(actor=actor, channel="email", start="newsletter", name="Newsletter")
    return templates.publish(actor=actor, template_id=template.pk)


def _contexts() -> list[dict[str, Any]]:
    from rapport.content.services.rendering import Recipient, workspace_context
    from rapport.core.queries import workspace

    viewed = [{"name": f"Lantern <{n}>", "price": "12.50", "sku": f"A-{n}"} for n in range(4)]
    business = workspace_context(workspace(), "Shop")
    tracking = {f"link_{n}": f"https://shop.example/c/{n}" for n in range(20)} | {
        name: f"https://shop.example/{name}"
        for name in ("unsubscribe_url", "preferences_url", "view_url", "pixel")
    }
    return [
        {
            "workspace": business,
            "language": "en",
            "data": {},
            "unsubscribe_url": tracking["unsubscribe_url"],
            "preferences_url": tracking["preferences_url"],
            "rapport": tracking,
            "person": Recipient(
                uuid.uuid4(),
                f"Ada {n}",
                f"ada{n}@example.org",
                {
                    "first_name": f"Ada {n}",
                    "points": n * 7,
                    "city": ("Hamburg", "Kiel", "")[n % 3],
                    "viewed": viewed,
                },
            ).context(),
        }
        for n in range(PEOPLE)
    ]


def _compared(version: TemplateVersion) -> dict[str, float]:
    from liquid import Environment

    from rapport.content.services.rendering import compiled

    ready, contexts = compiled(version.pk), _contexts()
    escaping, plain = Environment(autoescape=True), Environment()
    for environment in (escaping, plain):
        environment.filters |= _own_filters()
    sources = [(plain, version.line or version.subject), (escaping, version.html), (plain, version.plain)]
    parsed = [environment.from_string(source) for environment, source in sources]
    ours = _rate(ready.render, contexts)
    bare = _rate(lambda context: [template.render(context) for template in parsed], contexts)
    return {
        "renders_per_second": round(ours),
        "bare_liquid_per_second": round(bare),
        "ratio": round(ours / bare, 2),
        "html_bytes": len(version.html),
    }


def _own_filters() -> dict[str, Callable[..., Any]]:
    """What python-liquid lacks of ours, without the fence."""
    from rapport.content.services import links, localised
    from rapport.core.plain_text import unescaped

    return {
        **localised.FILTERS,
        "safe_url": links.safe_url,
        "unescaped": lambda value: unescaped(str(value)),
    }


def _rate(render: Callable[[dict[str, Any]], object], contexts: Sequence[dict[str, Any]]) -> float:
    """Renders a second of processor time: other processes on the machine do not count."""
    for context in contexts[:50]:
        render(context)
    began = time.process_time()
    for _ in range(ROUNDS):
        for context in contexts:
            render(context)
    return ROUNDS * len(contexts) / (time.process_time() - began)
