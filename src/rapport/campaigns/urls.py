from django.urls import URLPattern, URLResolver, path

from rapport.campaigns.views import campaigns, playbooks, results, review

app_name = "campaigns"
urlpatterns: list[URLPattern | URLResolver] = [
    path("campaigns/", campaigns.campaign_list, name="campaigns"),
    path("campaigns/new/", campaigns.new, name="campaign-new"),
    path("campaigns/re-permission/", playbooks.re_permission, name="re-permission"),
    path("campaigns/audience/", campaigns.audience, name="campaign-audience"),
    path("campaigns/<uuid:campaign_id>/", campaigns.show, name="campaign"),
    path("campaigns/<uuid:campaign_id>/review/", review.review, name="campaign-review"),
    path("campaigns/<uuid:campaign_id>/live/", results.live, name="campaign-live"),
    path("campaigns/<uuid:campaign_id>/deliveries/", campaigns.deliveries, name="deliveries"),
    path("campaigns/<uuid:campaign_id>/pause/", campaigns.pause, name="campaign-pause"),
    path("campaigns/<uuid:campaign_id>/resume/", campaigns.resume, name="campaign-resume"),
    path("campaigns/<uuid:campaign_id>/cancel/", campaigns.cancel, name="campaign-cancel"),
    path("campaigns/<uuid:campaign_id>/archive/", campaigns.archive, name="campaign-archive"),
]
