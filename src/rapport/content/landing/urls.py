from django.urls import URLPattern, URLResolver, path

from rapport.content.landing import public_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("p/sitemap.xml", public_views.sitemap, name="landing-sitemap"),
    path("p/look.css", public_views.look, name="landing-look"),
    path("p/<slug:slug>", public_views.page, name="landing-public"),
    path("p/<slug:slug>/seen.gif", public_views.seen, name="landing-seen"),
    path("pages/", views.landing_list, name="landing-pages"),
    path("pages/new/", views.new, name="landing-new"),
    path("pages/<uuid:page_id>/", views.landing_page, name="landing-page"),
    path("pages/<uuid:page_id>/turn/", views.turn, name="landing-turn"),
    path("pages/<uuid:page_id>/test/", views.test, name="landing-test"),
]
