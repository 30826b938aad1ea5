from django.urls import URLPattern, URLResolver, path

from rapport.content.library import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("i/<uuid:image_id>/<str:rendition>", views.image_file, name="image-file"),
    path("library/", views.images, name="images"),
    path("library/images/upload/", views.upload, name="image-upload"),
    path("library/images/<uuid:image_id>/", views.image, name="image"),
    path("library/images/<uuid:image_id>/archive/", views.archive_image, name="image-archive"),
    path("library/blocks/", views.blocks, name="blocks"),
    path("library/blocks/new/", views.new_block, name="block-new"),
    path("library/blocks/<uuid:block_id>/", views.block, name="block"),
    path("library/blocks/<uuid:block_id>/archive/", views.archive_block, name="block-archive"),
    path("library/blocks/<uuid:block_id>/preview/", views.block_preview, name="block-preview"),
    path("library/blocks/<uuid:block_id>/publish/", views.publish_users, name="block-publish"),
    path("library/brand/", views.brand, name="brand"),
]
