from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from rapport.core.views import (
    audit,
    jobs,
    keys,
    profile,
    search,
    settings,
    styleguide,
    theme,
    users,
    views_saved,
)

app_name = "core"
urlpatterns: list[URLPattern | URLResolver] = [
    path("account/theme/", theme.theme, name="theme"),
    path("search/", search.search, name="search"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("styleguide/record/", styleguide.record, name="styleguide-record"),
    path("styleguide/related/", styleguide.related, name="styleguide-related"),
    path("styleguide/list/", styleguide.my_changes, name="styleguide-list"),
    path("account/saved-views/", views_saved.mine, name="saved-views"),
    path("account/views/", views_saved.save, name="view-save"),
    path("account/views/<int:pk>/deletion/", views_saved.delete, name="view-delete"),
    path("account/password/reset/", profile.password_reset, name="password-reset"),
    path("account/email/", RedirectView.as_view(pattern_name="core:settings-profile")),
    path("settings/", settings.index, name="settings"),
    path("settings/profile/", profile.profile, name="settings-profile"),
    path("settings/business/", settings.workspace, name="settings-workspace"),
    path("settings/users/", users.user_list, name="settings-users"),
    path("settings/users/new/", users.new, name="settings-user-new"),
    path("settings/users/<int:pk>/", users.user, name="settings-user"),
    path("settings/users/<int:pk>/role/", users.role, name="settings-user-role"),
    path("settings/users/<int:pk>/deactivation/", users.deactivation, name="settings-user-deactivation"),
    path("settings/users/<int:pk>/reactivation/", users.reactivation, name="settings-user-reactivation"),
    path("settings/users/<int:pk>/password-link/", users.password_link, name="settings-user-link"),
    path("settings/keys/", keys.key_list, name="settings-keys"),
    path("settings/keys/<int:pk>/revocation/", keys.revocation, name="settings-key-revocation"),
    path("settings/jobs/", jobs.job_list, name="settings-jobs"),
    path("settings/jobs/live/", jobs.live, name="settings-jobs-live"),
    path("settings/jobs/<uuid:job_id>/", jobs.job, name="settings-job"),
    path("settings/jobs/<uuid:job_id>/cancellation/", jobs.cancellation, name="settings-job-cancellation"),
    path("settings/jobs/<uuid:job_id>/retry/", jobs.retry, name="settings-job-retry"),
    path("settings/audit/", audit.audit, name="settings-audit"),
]
