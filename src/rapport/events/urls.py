from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from rapport.events.views import activities, companies, debugger, quarantine, sources, timeline

app_name = "events"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", sources.sources, name="data"),
    path("sources/new/", sources.new_source, name="new_source"),
    path("sources/<int:source_id>/", sources.source, name="source"),
    path("sources/<int:source_id>/arrival/", sources.source_arrival, name="source_arrival"),
    path("sources/<int:source_id>/edit/", sources.edit_source, name="edit_source"),
    path("sources/<int:source_id>/disable/", sources.disable_source, name="disable_source"),
    path("sources/<int:source_id>/enable/", sources.enable_source, name="enable_source"),
    path("sources/<int:source_id>/key/", sources.rotate_key, name="rotate_key"),
    path("catalogue/", include("rapport.events.catalogue.urls")),
    path("events/", debugger.debugger, name="debugger"),
    path("names/", RedirectView.as_view(pattern_name="events:catalogue"), name="names"),
    path("quarantine/", quarantine.quarantine, name="quarantine"),
    path("quarantine/<int:event_id>/", quarantine.quarantined_event, name="quarantined_event"),
    path("companies/<uuid:company_id>/figures/", companies.figures, name="company_figures"),
    path("companies/<uuid:company_id>/timeline/", companies.timeline, name="company_timeline"),
    path("people/<uuid:person_id>/timeline/", timeline.person_timeline, name="person_timeline"),
    path("people/<uuid:person_id>/events/<path:message_id>/", timeline.event, name="event"),
    path("people/<uuid:person_id>/activities/", activities.activities, name="activities"),
    path("people/<uuid:person_id>/activities/new/", activities.new_activity, name="new_activity"),
    path("people/<uuid:person_id>/activities/<uuid:activity_id>/", activities.activity, name="activity"),
    path(
        "people/<uuid:person_id>/activities/<uuid:activity_id>/remove/",
        activities.remove,
        name="remove_activity",
    ),
    path(
        "people/<uuid:person_id>/activities/<uuid:activity_id>/restore/",
        activities.restore,
        name="restore_activity",
    ),
]
