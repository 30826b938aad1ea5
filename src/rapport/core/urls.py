from django.urls import URLPattern, URLResolver, path

from rapport.core.views import theme

app_name = "core"
urlpatterns: list[URLPattern | URLResolver] = [
    path("account/theme/", theme.theme, name="theme"),
]
