from django.urls import URLPattern, URLResolver, path

from rapport.connectors.views import actions, connectors, writing

app_name = "connectors"
_ONE = "settings/connectors/<uuid:connector_id>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/connectors/", connectors.connector_list, name="connectors"),
    path("settings/connectors/new/<slug:kind>/", connectors.new, name="connector-new"),
    path("settings/connectors/source/<int:source_id>/", connectors.of_source, name="of-source"),
    path(_ONE, connectors.connector, name="connector"),
    path(f"{_ONE}progress/", connectors.progress, name="connector-progress"),
    path(f"{_ONE}backfill/", actions.backfill, name="connector-backfill"),
    path(f"{_ONE}stop/", actions.stop, name="connector-stop"),
    path(f"{_ONE}look/", actions.look, name="connector-look"),
    path(f"{_ONE}record/", actions.record, name="connector-record"),
    path(f"{_ONE}subscription/", actions.subscribe, name="connector-subscribe"),
    path(f"{_ONE}calls/", actions.retry_calls, name="connector-calls"),
    path(f"{_ONE}writing/", writing.change, name="connector-writing"),
    path(f"{_ONE}writing/again/", writing.again, name="connector-write-again"),
    path(f"{_ONE}differences/<int:difference_id>/", writing.decide, name="connector-decide"),
    path(f"{_ONE}notes/<uuid:person_id>/", writing.add_note, name="connector-note"),
    path("people/<uuid:person_id>/shops/", writing.person, name="person"),
    path(f"{_ONE}state/", actions.turn, name="connector-turn"),
    path(f"{_ONE}deletion/", actions.disconnect, name="connector-disconnect"),
]
