from django.urls import URLPattern, URLResolver, path

from rapport.channels.views import accounts

app_name = "channels"
urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/channels/", accounts.account_list, name="accounts"),
    path("settings/channels/new/<slug:adapter>/", accounts.new, name="account-new"),
    path("settings/channels/<int:account_id>/", accounts.account, name="account"),
    path("settings/channels/<int:account_id>/test/", accounts.test, name="account-test"),
    path("settings/channels/<int:account_id>/disabling/", accounts.disabling, name="account-disabling"),
]
