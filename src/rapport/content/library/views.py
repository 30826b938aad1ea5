"""The library: images, blocks of content, and the brand."""

from __future__ import annotations

import io
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from rapport.content.library import blocks as block_services
from rapport.content.library import brands, queries
from rapport.content.library import images as image_services
from rapport.content.library.forms import BlockForm, BrandForm, DescribeForm, ImageForm
from rapport.content.library.models import Block, Image
from rapport.content.queries import brand as current_brand
from rapport.content.queries import image_url
from rapport.content.services.brand_values import values_of
from rapport.content.services.compiler import compile_mail
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.previews import PREVIEW_POLICY
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.forms.errors import add_service_errors
from rapport.core.images import LARGEST, TYPES
from rapport.core.ui import Tab
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page

MOST = 200
_TYPE_OF = {("jpg" if kind == "JPEG" else kind.lower()): media_type for kind, media_type in TYPES.items()}


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def image_file(_request: HttpRequest, image_id: uuid.UUID, rendition: str) -> HttpResponse:
    """An image for whoever has its address; archived ones too, because mails that were sent show them."""
    row = get_object_or_404(Image, pk=image_id)
    paths = {f"full.{row.extension}": row.path, f"small.{row.extension}": row.small_path}
    if rendition not in paths:
        raise Http404
    try:
        with default_storage.open(paths[rendition]) as stream:
            response = HttpResponse(stream.read(), content_type=_TYPE_OF[row.extension])
    except FileNotFoundError as error:
        raise Http404 from error
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@page("templates.view")
def images(request: HttpRequest) -> HttpResponse:
    """All images, and the form to upload one."""
    actor = actor_of(request)
    form = ImageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["image"]
        try:
            image_services.add_image(
                actor=actor, content=io.BytesIO(file.read(LARGEST + 1)), name=str(file.name)[:120],
                alt=form.cleaned_data["alt"], clock=clock_of(request),
            )  # fmt: skip
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            note(request, _("The image is uploaded."))
            return redirect("content:images")
    text = request.GET.get("q", "").strip()[:100]
    rows = [(row, image_url(row, small=True)) for row in queries.images(actor, text=text)[:MOST]]
    context = {"rows": rows, "form": form, "q": text, "tabs": _tabs("images")}
    context["may_edit"] = actor.may("templates.edit")
    return render(request, "content/library/images.html", context, status=422 if form.errors else 200)


@require_POST
@page("templates.edit")
def upload(request: HttpRequest) -> JsonResponse:
    """An image for the page that is being edited: {"url"}, or 422 with {"problem"}."""
    form = ImageForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            raise ValidationError([text for texts in form.errors.values() for text in texts])
        file = form.cleaned_data["image"]
        row = image_services.add_image(
            actor=actor_of(request), content=io.BytesIO(file.read(LARGEST + 1)), name=str(file.name)[:120],
            alt=form.cleaned_data["alt"], clock=clock_of(request),
        )  # fmt: skip
    except ValidationError as error:
        return JsonResponse({"problem": " ".join(error.messages)}, status=422)
    return JsonResponse({"url": image_url(row)}, status=201)


@require_http_methods(["GET", "HEAD", "POST"])
@page("templates.view")
def image(request: HttpRequest, image_id: uuid.UUID) -> HttpResponse:
    """One image with its address, and the words for it."""
    actor = actor_of(request)
    row = queries.image_for(actor, image_id)
    form = DescribeForm(request.POST or None, initial={"name": row.name, "alt": row.alt})
    if request.method == "POST" and form.is_valid():
        try:
            image_services.describe_image(
                actor=actor, image_id=row.pk, clock=clock_of(request), **form.cleaned_data
            )
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            note(request, _("Saved."))
            return redirect("content:image", row.pk)
    context = {"row": row, "form": form, "address": image_url(row)}
    context["may_edit"] = actor.may("templates.edit")
    return render(request, "content/library/image.html", context, status=422 if form.errors else 200)


@require_POST
@page("templates.edit")
def archive_image(request: HttpRequest, image_id: uuid.UUID) -> HttpResponse:
    undo = "undo" in request.GET
    image_services.archive_image(
        actor=actor_of(request), image_id=image_id, undo=undo, clock=clock_of(request)
    )
    if undo:
        return redirect("content:image", image_id)
    address = reverse("content:image-archive", args=[image_id])
    note(
        request,
        _("The image is archived; messages that show it go on doing so."),
        undo_url=f"{address}?undo=1",
    )
    return redirect("content:images")


@require_GET
@page("templates.view")
def blocks(request: HttpRequest) -> HttpResponse:
    """All blocks by the newest change."""
    actor = actor_of(request)
    context = {
        "rows": queries.blocks(actor)[:MOST],
        "may_edit": actor.may("templates.edit"),
        "tabs": _tabs("blocks"),
    }
    return render(request, "content/library/blocks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("templates.edit")
def new_block(request: HttpRequest) -> HttpResponse:
    form = BlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = block_services.create_block(
                actor=actor_of(request), clock=clock_of(request), **form.cleaned_data
            )
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            note(request, _("The block is saved. Templates put it in by its key."))
            return redirect("content:block", row.pk)
    context = {"form": form, "row": None, "may_edit": True}
    return render(request, "content/library/block.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("templates.view")
@exclusive()
def block(request: HttpRequest, block_id: uuid.UUID) -> HttpResponse:
    """A block: what it says, where it is used, and how it was."""
    actor = actor_of(request)
    row = queries.block_for(actor, block_id)
    form = BlockForm(request.POST or None, block=row)
    if request.method == "POST" and form.is_valid():
        try:
            block_services.change_block(
                actor=actor, block_id=row.pk, name=form.cleaned_data["name"], body=form.cleaned_data["body"],
                translations=row.translations | form.translations(), clock=clock_of(request),
            )  # fmt: skip
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            note(request, _("Saved. Templates show it when they are published again."))
            return redirect("content:block", row.pk)
    context: dict[str, Any] = {"form": form, "row": row, "may_edit": actor.may("templates.edit")}
    context["users"] = queries.users_of(actor, row)[:50]
    context["versions"] = row.versions.order_by("-version")[:30]
    return render(request, "content/library/block.html", context, status=422 if form.errors else 200)


@xframe_options_sameorigin
@require_GET
@page("templates.view")
def block_preview(request: HttpRequest, block_id: uuid.UUID) -> HttpResponse:
    """The block as an email shows it, or a version of it."""
    row = queries.block_for(actor_of(request), block_id)
    try:
        response = HttpResponse(_rendered(row))
    except TemplateError as error:
        response = render(request, "content/template_broken.html", {"error": error})
    response.headers["Content-Security-Policy"] = PREVIEW_POLICY
    response.headers["Cache-Control"] = "no-store, private"
    return response


@require_POST
@page("templates.edit")
def publish_users(request: HttpRequest, block_id: uuid.UUID) -> HttpResponse:
    published, refused = block_services.publish_users(
        actor=actor_of(request), block_id=block_id, clock=clock_of(request)
    )
    note(request, _("%(n)d templates have a new version.") % {"n": published})
    for name, why in refused.items():
        words = _("%(name)s was not published: %(why)s")
        note(request, words % {"name": name, "why": why}, level="error")
    return redirect("content:block", block_id)


@require_POST
@page("templates.edit")
def archive_block(request: HttpRequest, block_id: uuid.UUID) -> HttpResponse:
    undo = "undo" in request.GET
    try:
        block_services.archive_block(
            actor=actor_of(request), block_id=block_id, undo=undo, clock=clock_of(request)
        )
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
        return redirect("content:block", block_id)
    if undo:
        return redirect("content:block", block_id)
    address = reverse("content:block-archive", args=[block_id])
    note(request, _("The block is archived."), undo_url=f"{address}?undo=1")
    return redirect("content:blocks")


@require_http_methods(["GET", "HEAD", "POST"])
@page("templates.view")
@exclusive()
def brand(request: HttpRequest) -> HttpResponse:
    """How everything that is written looks."""
    actor, row = actor_of(request), current_brand()
    form = BrandForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        logo = form.cleaned_data["logo"]
        values = {name: form.cleaned_data[name] for name in brands.FIELDS}
        try:
            brands.change_brand(
                actor=actor, values=values, logo=logo.pk if logo else None, clock=clock_of(request)
            )
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            note(request, _("Saved. Templates look like this when they are published again."))
            return redirect("content:brand")
    context: dict[str, Any] = {"form": form, "row": row, "may_edit": actor.may("templates.edit")}
    context |= {"values": values_of(row), "tabs": _tabs("brand")}
    return render(request, "content/library/brand.html", context, status=422 if form.errors else 200)


def _tabs(current: str) -> list[Tab]:
    labels = {"images": _("Images"), "blocks": _("Blocks"), "brand": _("Brand")}
    return [Tab(label, reverse(f"content:{name}"), name == current) for name, label in labels.items()]


def _rendered(row: Block) -> str:
    compiled = compile_mail(subject="-", preheader="", mjml=block_services.preview_page(row, row.body))
    return Program(compiled.html, html=True).render({"person": {}, "workspace": {}, "rapport": {}})
