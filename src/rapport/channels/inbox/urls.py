from django.urls import URLPattern, URLResolver, path

from rapport.channels.inbox import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("client/v1/inbox", views.inbox, name="inbox"),
    path("client/v1/inbox/readings", views.read_all, name="inbox_read"),
    path("client/v1/inbox/<uuid:message_id>/click", views.click, name="inbox_click"),
    path("client/v1/inbox/<uuid:message_id>/dismissal", views.dismiss, name="inbox_dismiss"),
]
