from django.urls import URLPattern, URLResolver, path

from rapport.integrations.views import actions, endpoints, messages

app_name = "integrations"
_ONE = "settings/webhooks/<uuid:endpoint_id>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/webhooks/", endpoints.endpoint_list, name="endpoints"),
    path("settings/webhooks/new/", endpoints.new, name="endpoint-new"),
    path(_ONE, endpoints.endpoint, name="endpoint"),
    path(f"{_ONE}state/", actions.turn, name="endpoint-turn"),
    path(f"{_ONE}test/", actions.test, name="endpoint-test"),
    path(f"{_ONE}secret/", actions.rotate, name="endpoint-secret"),
    path(f"{_ONE}replay/", actions.replay, name="endpoint-replay"),
    path(f"{_ONE}deletion/", actions.delete, name="endpoint-delete"),
    path(f"{_ONE}messages/<int:message_id>/", messages.message, name="message"),
    path(f"{_ONE}messages/<int:message_id>/resend/", messages.resend, name="message-resend"),
]
