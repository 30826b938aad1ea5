from django.urls import URLPattern, URLResolver, path

from rapport.content.web import public_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("f/<slug:key>", public_views.form_page, name="web-form-page"),
    path("rapport-forms.js", public_views.script, name="web-form-script"),
    path("forms/", views.form_list, name="web-forms"),
    path("forms/new/", views.new, name="web-form-new"),
    path("forms/<uuid:form_id>/", views.form, name="web-form"),
    path("forms/<uuid:form_id>/turn/", views.turn, name="web-form-turn"),
    path("forms/<uuid:form_id>/submissions/", views.submissions, name="web-form-submissions"),
    path("forms/submissions/<uuid:submission_id>/", views.submission, name="web-form-submission"),
    path("forms/submissions/<uuid:submission_id>/release/", views.release, name="web-form-release"),
    path("forms/submissions/<uuid:submission_id>/files/<slug:field>", views.file, name="web-form-file"),
]
