from django.urls import URLPattern, URLResolver, path

from rapport.messaging.views import campaigns, deliveries, policy, public, templates

app_name = "messaging"
urlpatterns: list[URLPattern | URLResolver] = [
    path("templates/", templates.template_list, name="templates"),
    path("templates/new/", templates.new, name="template-new"),
    path("templates/people/", templates.examples, name="template-people"),
    path("templates/<uuid:template_id>/", templates.editor, name="template"),
    path("templates/<uuid:template_id>/draft/", templates.save_draft, name="template-draft"),
    path("templates/<uuid:template_id>/preview/", templates.preview, name="template-preview"),
    path("templates/<uuid:template_id>/publish/", templates.publish, name="template-publish"),
    path("templates/<uuid:template_id>/restore/<int:version>/", templates.restore, name="template-restore"),
    path("templates/<uuid:template_id>/test/", templates.send_test, name="template-test"),
    path("templates/<uuid:template_id>/archive/", templates.archive, name="template-archive"),
    path("campaigns/", campaigns.campaign_list, name="campaigns"),
    path("campaigns/new/", campaigns.new, name="campaign-new"),
    path("campaigns/audience/", campaigns.audience, name="campaign-audience"),
    path("campaigns/<uuid:campaign_id>/", campaigns.show, name="campaign"),
    path("campaigns/<uuid:campaign_id>/live/", campaigns.live, name="campaign-live"),
    path("campaigns/<uuid:campaign_id>/pause/", campaigns.pause, name="campaign-pause"),
    path("campaigns/<uuid:campaign_id>/resume/", campaigns.resume, name="campaign-resume"),
    path("campaigns/<uuid:campaign_id>/cancel/", campaigns.cancel, name="campaign-cancel"),
    path("campaigns/<uuid:campaign_id>/archive/", campaigns.archive, name="campaign-archive"),
    path("campaigns/<uuid:campaign_id>/deliveries/", deliveries.delivery_list, name="deliveries"),
    path("deliveries/<uuid:delivery_id>/", deliveries.why, name="delivery"),
    path("deliveries/people/<uuid:person_id>/", deliveries.person, name="person"),
    path("settings/sending/", policy.policy, name="policy"),
    path("e/o/<str:token>.gif", public.open_pixel, name="open"),
    path("e/c/<str:token>", public.click, name="click"),
    path("e/u/<str:token>", public.unsubscribe, name="unsubscribe"),
]
