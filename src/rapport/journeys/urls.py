from django.urls import URLPattern, URLResolver, path

from rapport.journeys.views import editing, enrolments, journeys, publishing

app_name = "journeys"
urlpatterns: list[URLPattern | URLResolver] = [
    path("journeys/", journeys.journey_list, name="list"),
    path("journeys/new/", journeys.new, name="new"),
    path("journeys/enrolments/<int:enrolment_id>/", enrolments.enrolment, name="enrolment"),
    path("journeys/enrolments/<int:enrolment_id>/change/", enrolments.change, name="enrolment-change"),
    path("journeys/<uuid:journey_id>/", journeys.journey, name="journey"),
    path("journeys/<uuid:journey_id>/edit/", journeys.edit, name="edit"),
    path("journeys/<uuid:journey_id>/draft/", editing.change, name="draft"),
    path("journeys/<uuid:journey_id>/sheet/", editing.sheet, name="sheet"),
    path("journeys/<uuid:journey_id>/file/", editing.copied, name="file"),
    path("journeys/<uuid:journey_id>/publication/", publishing.publication, name="publication"),
    path("journeys/<uuid:journey_id>/state/", journeys.set_state, name="state"),
    path("journeys/<uuid:journey_id>/people/", journeys.enrolment_list, name="people"),
    path("people/<uuid:person_id>/journeys/", enrolments.person, name="person"),
]
