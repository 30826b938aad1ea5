"""What happened on the page after a click: somebody whose browser runs the tracker there, and does something, is human.

A link to one of the business's own websites gets the click's mark added to its address; the tracker sends the address
of the page with every event, and so the mark comes back.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from rapport.core import crypto
from rapport.core.crypto import BadSignature
from rapport.core.services.wake import wake
from rapport.events import queries as events
from rapport.events.registry import ClickSeen
from rapport.messaging.services import tracking_requests

PARAMETER = "rapport_click"
PURPOSE = "click of a message"
# What scripts send by themselves (a product viewed, a banner shown) says no more than the page view.
_ACTS = re.compile(
    r"(Submitted|Added|Removed|Started|Completed|Clicked|Searched|Shared|Signed|Registered|Subscribed|Entered|Selected)"
)


def marked(target: str, visit_id: int, minute: int) -> str:
    """The address with the mark of the click, if it is a page of a website that sends us events.

    `minute` (since 1970) is now: so long the list of websites may be old.
    """
    split_url = urlsplit(target)
    if f"{split_url.scheme}://{split_url.netloc}".lower() not in _websites(minute):
        return target
    mark = f"{PARAMETER}={crypto.sign(PURPOSE, visit_id.to_bytes(8, 'big'))}"
    return split_url._replace(query=f"{split_url.query}&{mark}" if split_url.query else mark).geturl()


@lru_cache(maxsize=2)
def _websites(_minute: int) -> frozenset[str]:
    return events.website_origins()


def take_seen(seen: Sequence[ClickSeen]) -> None:
    """Notes for each click what its page sent; in the stream's transaction."""
    by_sign: dict[str, set[int]] = defaultdict(set)
    for entry in seen:
        try:
            visit_id = int.from_bytes(crypto.unsign(PURPOSE, entry.mark), "big")
        except BadSignature:
            continue
        acted = entry.type == "identify" or (entry.type == "track" and _ACTS.search(entry.event))
        by_sign["acted_on_page" if acted else "visited_page"].add(visit_id)
    for sign, request_ids in by_sign.items():
        if tracking_requests.add_sign(request_ids, sign, max(entry.at for entry in seen)):
            wake(tracking_requests.WAKES)
