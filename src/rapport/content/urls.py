from django.urls import URLPattern, URLResolver, include, path

from rapport.content.views import barcodes, gallery, lists, templates, visual

app_name = "content"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("rapport.content.onsite.urls")),
    path("", include("rapport.content.web.urls")),
    path("", include("rapport.content.landing.urls")),
    path("", include("rapport.content.library.urls")),
    path("barcode/<str:token>.png", barcodes.picture, name="barcode"),
    path("templates/", lists.template_list, name="templates"),
    path("templates/new/", gallery.new, name="template-new"),
    path("templates/gallery/<slug:design>/", gallery.picture, name="template-picture"),
    path("templates/visual/", visual.visual, name="template-visual"),
    path("templates/people/", templates.examples, name="template-people"),
    path("templates/<uuid:template_id>/", templates.editor, name="template"),
    path("templates/<uuid:template_id>/draft/", templates.save_draft, name="template-draft"),
    path("templates/<uuid:template_id>/preview/", templates.preview, name="template-preview"),
    path("templates/<uuid:template_id>/publish/", templates.publish, name="template-publish"),
    path("templates/<uuid:template_id>/restore/<int:version>/", templates.restore, name="template-restore"),
    path("templates/<uuid:template_id>/compare/<int:version>/", templates.compare, name="template-compare"),
    path("templates/<uuid:template_id>/languages/", templates.add_language, name="template-languages"),
    path(
        "templates/<uuid:template_id>/languages/<slug:language>/drop/",
        templates.drop_language,
        name="template-language-drop",
    ),
    path("templates/<uuid:template_id>/test/", templates.send_test, name="template-test"),
    path("templates/<uuid:template_id>/archive/", templates.archive, name="template-archive"),
]
