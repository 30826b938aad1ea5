from django.urls import URLPattern, URLResolver, path

from rapport.portal.views import confirmation, preferences

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = [
    path("confirm/<str:token>", confirmation.confirm, name="confirmation"),
    path("preferences/<str:token>", preferences.show, name="preferences"),
]
