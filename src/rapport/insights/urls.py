from django.urls import URLPattern, URLResolver, path

from rapport.insights.attribution.views import show
from rapport.insights.views import home

app_name = "insights"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("results/", home.results, name="results"),
    path("feed/", home.feed, name="feed"),
    path("attribution/", show, name="attribution"),
]
