from django.urls import URLPattern, URLResolver, path

from rapport.messaging.views import public

app_name = "messaging"
urlpatterns: list[URLPattern | URLResolver] = [
    path("e/o/<str:token>.gif", public.open_pixel, name="open"),
    path("e/c/<str:token>", public.click, name="click"),
    path("e/u/<str:token>", public.unsubscribe, name="unsubscribe"),
]
