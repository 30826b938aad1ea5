from django.urls import URLPattern, URLResolver, path

from rapport.core.views import search, styleguide, theme, views_saved

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
]
