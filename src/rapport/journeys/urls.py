from django.urls import URLPattern, URLResolver, path

from rapport.journeys.views import (
    editing,
    enrolments,
    intakes,
    journeys,
    publishing,
    replays,
    starting,
    tasks,
)

app_name = "journeys"
urlpatterns: list[URLPattern | URLResolver] = [
    path("journeys/", journeys.journey_list, name="list"),
    path("journeys/new/", starting.new, name="new"),
    path("journeys/new/rule/", starting.rule, name="new-rule"),
    path("journeys/new/<slug:playbook_key>/", starting.playbook, name="playbook"),
    path("journeys/tasks/", tasks.task_list, name="tasks"),
    path("journeys/tasks/<int:task_id>/", tasks.task, name="task"),
    path("journeys/tasks/<int:task_id>/answer/", tasks.answer, name="task-answer"),
    path("journeys/<uuid:journey_id>/intake/", intakes.intake, name="intake"),
    path("journeys/enrolments/<int:enrolment_id>/", enrolments.enrolment, name="enrolment"),
    path("journeys/enrolments/<int:enrolment_id>/change/", enrolments.change, name="enrolment-change"),
    path("journeys/<uuid:journey_id>/", journeys.journey, name="journey"),
    path("journeys/<uuid:journey_id>/edit/", journeys.edit, name="edit"),
    path("journeys/<uuid:journey_id>/draft/", editing.change, name="draft"),
    path("journeys/<uuid:journey_id>/sheet/", editing.sheet, name="sheet"),
    path("journeys/<uuid:journey_id>/file/", editing.copied, name="file"),
    path("journeys/<uuid:journey_id>/publication/", publishing.publication, name="publication"),
    path("journeys/<uuid:journey_id>/state/", journeys.set_state, name="state"),
    path("journeys/<uuid:journey_id>/try/", replays.try_it, name="try"),
    path("journeys/<uuid:journey_id>/try/<uuid:replay_id>/progress/", replays.progress, name="try-progress"),
    path("journeys/<uuid:journey_id>/people/", journeys.enrolment_list, name="people"),
    path("people/<uuid:person_id>/journeys/", enrolments.person, name="person"),
]
