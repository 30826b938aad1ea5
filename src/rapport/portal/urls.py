from django.urls import URLPattern, URLResolver, path

from rapport.portal.views import preferences

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = [
    path("preferences/<str:token>", preferences.show, name="preferences"),
]
