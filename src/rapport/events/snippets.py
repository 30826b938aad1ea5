"""How to install a source: a few lines for each client, with the host and the write key in them.

The host options are those that tests/clients drive the clients with.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rapport.events.models import Source

WEBSITE, APP, SERVER, STORE = Source.Kind.WEBSITE, Source.Kind.APP, Source.Kind.SERVER, Source.Kind.STORE


@dataclass(frozen=True, slots=True)
class Snippet:
    """`code` with HOST and KEY filled in; `for_kinds` are the kinds of source it is opened for."""

    name: str
    title: str | Promise
    why: str | Promise
    code: str
    for_kinds: tuple[str, ...] = ()

    def opened_for(self, kind: str) -> bool:
        return kind in self.for_kinds


def snippets(host: str, key: str) -> list[Snippet]:
    """Every client, filled in for one source."""
    return [
        Snippet(
            snippet.name,
            snippet.title,
            snippet.why,
            snippet.code.replace("HOST", host).replace("KEY", key),
            snippet.for_kinds,
        )
        for snippet in _ALL
    ]


# What every library for browsers is shown to be called with.
_CALLS = """analytics.page();
analytics.identify("customer-42", { email: "ada@example.com" });
analytics.track("Product Added", { product_id: "mug", price: 12.5 });"""
_ALL = (
    Snippet(
        "tracker",
        _("Website, with Rapport's own tracker"),
        _("Put this before the closing head tag of every page. Page views are recorded by themselves."),
        """<script async src="HOST/rapport.js" data-write-key="KEY"></script>
<script>
  window.analytics = window.analytics || [];
  analytics.push(["track", "Product Added", { product_id: "mug", price: 12.5, quantity: 1 }]);
</script>""",
        (WEBSITE, STORE),
    ),
    Snippet(
        "curl",
        _("Any server, by HTTP"),
        _("One request an event, or up to 2,500 events in one request to /v1/batch."),
        """curl HOST/v1/track -u KEY: \\
  -H 'Content-Type: application/json' \\
  -d '{"userId": "customer-42", "event": "Order Completed", "messageId": "order-1001",
       "properties": {"order_id": "1001", "total": 45.20, "currency": "GBP"}}'""",
        (SERVER,),
    ),
    Snippet(
        "segment-python",
        "Python: segment-analytics-python",
        _("Segment's own library; sends in the background, in batches."),
        """# pip install segment-analytics-python
import segment.analytics as analytics

analytics.host = "HOST"
analytics.write_key = "KEY"
analytics.gzip = True
analytics.identify("customer-42", {"email": "ada@example.com", "name": "Ada"})
analytics.track("customer-42", "Order Completed", {"order_id": "1001", "total": 45.2})
analytics.flush()""",
    ),
    Snippet(
        "segment-node",
        "Node.js: @segment/analytics-node",
        _("Segment's own library; sends in the background, in batches."),
        """// npm install @segment/analytics-node
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "KEY", host: "HOST" });
analytics.identify({ userId: "customer-42", traits: { email: "ada@example.com" } });
analytics.track({
  userId: "customer-42",
  event: "Order Completed",
  properties: { order_id: "1001", total: 45.2, currency: "GBP" },
});
await analytics.closeAndFlush();""",
        (APP,),
    ),
    Snippet(
        "segment-snippet",
        _("Browser: Segment's snippet"),
        _("For a site that has the snippet already: only the host changes in it."),
        """// wherever the snippet says https://cdn.segment.com
t.src="HOST/analytics.js/v1/" + key + "/analytics.min.js";
analytics._writeKey="KEY";
analytics.load("KEY");""",
    ),
    Snippet(
        "segment-browser",
        _("Browser: @segment/analytics-next"),
        _("For a site that has Segment's library already: only the address of its settings changes."),
        """// npm install @segment/analytics-next
import { AnalyticsBrowser } from "@segment/analytics-next";

const analytics = AnalyticsBrowser.load({ writeKey: "KEY", cdnURL: "HOST" });
"""
        + _CALLS,
    ),
    Snippet(
        "rudder-node",
        "Node.js: @rudderstack/rudder-sdk-node",
        _("RudderStack's own library, with Rapport as its data plane."),
        """// npm install @rudderstack/rudder-sdk-node
import Analytics from "@rudderstack/rudder-sdk-node";

const analytics = new Analytics("KEY", { dataPlaneUrl: "HOST" });
analytics.identify({ userId: "customer-42", traits: { email: "ada@example.com" } });
analytics.track({ userId: "customer-42", event: "Order Completed", properties: { total: 45.2 } });
await analytics.flush();""",
    ),
    Snippet(
        "rudder-browser",
        _("Browser: @rudderstack/analytics-js"),
        _("RudderStack's own library, with Rapport as its data plane and its control plane."),
        """// npm install @rudderstack/analytics-js
import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";

const analytics = new RudderAnalytics();
analytics.load("KEY", "HOST", {
  configUrl: "HOST",
});
"""
        + _CALLS,
    ),
    Snippet(
        "customerio-browser",
        _("Browser: @customerio/cdp-analytics-browser"),
        _("customer.io's own library, which finds at this address where to send."),
        """// npm install @customerio/cdp-analytics-browser
import { AnalyticsBrowser } from "@customerio/cdp-analytics-browser";

const analytics = AnalyticsBrowser.load({ writeKey: "KEY", cdnURL: "HOST/customerio" });
"""
        + _CALLS,
    ),
    Snippet(
        "jitsu-browser",
        _("Browser: @jitsu/js"),
        _("Jitsu's own library; what follows the colon of the write key does not matter."),
        """// npm install @jitsu/js
import { jitsuAnalytics } from "@jitsu/js";

const analytics = jitsuAnalytics({ host: "HOST", writeKey: "KEY:any" });
"""
        + _CALLS,
    ),
)
