"""Every page's address. Apps own their prefixes; this file only composes them."""

from django.conf import settings
from django.urls import include, path

from rapport.config.health import readyz
from rapport.config.metrics import metrics
from rapport.events.views import scripts

urlpatterns = [
    path("readyz", readyz),
    path("metrics", metrics),
    path("rapport.js", scripts.tracker, name="tracker"),
    # The paths of Segment's own network: a page changes the host, and nothing else.
    path("analytics.js/v1/<slug:key>/analytics.min.js", scripts.analytics_js, name="analytics_js"),
    path("analytics-next/bundles/<str:name>", scripts.bundle, name="analytics_js_bundle"),
    path("", include("rapport.insights.urls")),
    path("", include("rapport.core.urls")),
    path("", include("rapport.governance.urls")),
    path("people/", include("rapport.people.urls.pages")),
    path("", include("rapport.people.urls.settings")),
    path("segments/", include("rapport.segments.urls")),
    path("traits/computed/", include("rapport.segments.computed.urls")),
    path("lifecycle/", include("rapport.segments.lifecycle.urls")),
    path("", include("rapport.content.urls")),
    path("", include("rapport.messaging.urls")),
    path("", include("rapport.channels.urls")),
    path("", include("rapport.campaigns.urls")),
    path("", include("rapport.journeys.urls")),
    path("", include("rapport.commerce.urls")),
    path("", include("rapport.experiments.urls")),
    path("", include("rapport.promotions.urls")),
    path("loyalty/", include("rapport.loyalty.urls")),
    path("data/", include("rapport.events.urls")),
    path("", include("rapport.transfers.urls")),
    path("", include("rapport.quality.urls")),
    path("", include("rapport.portal.urls")),
    path("", include("rapport.integrations.urls")),
    path("", include("rapport.connectors.urls")),
    path("api/", include("rapport.config.api")),
    path("account/", include("allauth.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("", include("rapport.demo.urls")))
