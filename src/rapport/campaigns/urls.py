from django.urls import URLPattern, URLResolver, path

from rapport.campaigns.views import (
    campaigns,
    costs,
    outcomes,
    playbooks,
    results,
    review,
    social_posts,
    social_results,
)

app_name = "campaigns"
urlpatterns: list[URLPattern | URLResolver] = [
    path("campaigns/", campaigns.campaign_list, name="campaigns"),
    path("campaigns/new/", campaigns.new, name="campaign-new"),
    path("campaigns/re-permission/", playbooks.re_permission, name="re-permission"),
    path("campaigns/comparison/", outcomes.comparison, name="comparison"),
    path("campaigns/<uuid:campaign_id>/outcomes/", outcomes.outcomes, name="campaign-outcomes"),
    path("campaigns/<uuid:campaign_id>/link-map/", outcomes.link_map, name="campaign-link-map"),
    path("campaigns/costs/", costs.costs, name="costs"),
    path("campaigns/audience/", campaigns.audience, name="campaign-audience"),
    path("campaigns/<uuid:campaign_id>/", campaigns.show, name="campaign"),
    path("campaigns/<uuid:campaign_id>/review/", review.review, name="campaign-review"),
    path("campaigns/<uuid:campaign_id>/live/", results.live, name="campaign-live"),
    path("campaigns/<uuid:campaign_id>/deliveries/", campaigns.deliveries, name="deliveries"),
    path("campaigns/<uuid:campaign_id>/pause/", campaigns.pause, name="campaign-pause"),
    path("campaigns/<uuid:campaign_id>/resume/", campaigns.resume, name="campaign-resume"),
    path("campaigns/<uuid:campaign_id>/cancel/", campaigns.cancel, name="campaign-cancel"),
    path("campaigns/<uuid:campaign_id>/archive/", campaigns.archive, name="campaign-archive"),
    path("social-posts/", social_posts.post_list, name="social-posts"),
    path("social-posts/new/", social_posts.new, name="social-post-new"),
    path("social-posts/preview/", social_posts.preview, name="social-post-preview"),
    path("social-posts/images/<int:image_id>/", social_posts.image, name="social-image"),
    path("social-posts/replies/<int:reply_id>/answer/", social_results.answer, name="social-answer"),
    path("social-posts/publications/<uuid:publication_id>/again/", social_results.again, name="social-again"),
    path(
        "social-posts/publications/<uuid:publication_id>/deletion/",
        social_results.deletion,
        name="social-deletion",
    ),
    path(
        "social-posts/publications/<uuid:publication_id>/settlement/",
        social_results.settlement,
        name="social-settlement",
    ),
    path("social-posts/<uuid:post_id>/", social_posts.show, name="social-post"),
    path("social-posts/<uuid:post_id>/live/", social_results.live, name="social-post-live"),
    path("social-posts/<uuid:post_id>/cancel/", social_posts.cancel, name="social-post-cancel"),
    path("social-posts/<uuid:post_id>/archive/", social_posts.archive, name="social-post-archive"),
]
