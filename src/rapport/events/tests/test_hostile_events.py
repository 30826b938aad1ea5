"""Whatever strangers put into events, the pages of those who work here go on showing them."""

import pytest
from django.urls import reverse

from rapport.events import registry
from rapport.people.queries import find

HOSTILE = [
    "http://[",
    "javascript:alert(1)",
    {"a": {"b": []}},
    [None, {"x": []}, "y"],
    10**30,
    -1e308,
    True,
    "NaN",
]
NAMES = (
    "url path title link name product products total value currency order_id query campaign_name subject amount"
    " price quantity channel purpose search step page segment reason rule from to identifiers coupon minutes text"
).split()


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_every_page_of_events_stands(live, page, actor, value):
    names = [*registry.described_events(), "Page Viewed", "Unheard Of"]
    fields = dict.fromkeys(NAMES, value) | {"products": [dict.fromkeys(NAMES, value)]}
    call = {"userId": "u1", "properties": fields}
    calls = [{"type": "track", "event": name, "messageId": f"m{n}", **call} for n, name in enumerate(names)]
    context = dict.fromkeys(("page", "campaign", "library", "userAgent", "ip", "traits"), value)
    calls += [{"type": "page", "messageId": "p", "context": context, **call}]
    calls += [{"type": "identify", "userId": "u1", "messageId": "i", "traits": fields, "context": context}]
    live.ingest(calls)
    person = find(actor, "user_id:u1").pk
    of_person = ("people:profile", "events:person_timeline", "people:origin")
    urls = [reverse(name) for name in ("events:debugger", "insights:home", "insights:results", "people:list")]
    urls += [
        *(reverse(name, args=[person]) for name in of_person),
        reverse("events:event", args=[person, "p"]),
    ]
    for url in urls:
        assert page.get(url).status_code == 200, url
