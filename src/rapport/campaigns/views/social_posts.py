"""Pages of social posts: the list, writing one with its previews, ordering, taking back, archiving."""

from __future__ import annotations

import uuid
import zoneinfo
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from rapport.campaigns import queries
from rapport.campaigns.forms import SocialPostForm
from rapport.campaigns.models import SocialPost, SocialPublication
from rapport.campaigns.services import social_images, social_posts
from rapport.campaigns.services.social_limits import measure
from rapport.campaigns.services.social_posts import SocialError
from rapport.campaigns.views import social_results
from rapport.campaigns.views.social_results import STATUSES
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.queries import workspace
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import Calendar, Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page


class SocialPostList(ListPage):
    name = "social-posts"
    title = gettext_lazy("Social posts")
    template = "campaigns/social_posts.html"
    empty_template = "campaigns/social_posts_empty.html"
    default_sort = "-created_at"
    search_in = ("name", "text")
    columns = (
        Column("name", gettext_lazy("Post"), sort="name", main=True),
        Column("status", gettext_lazy("State"), cell=lambda row: badge(*STATUSES[row.status])),
        Column("accounts", gettext_lazy("Accounts"), value="account_names"),
        Column("publish_at", gettext_lazy("Published at"), sort="publish_at"),
        Column("likes", gettext_lazy("Likes"), value=lambda row: _sum(row, "likes"), num=True),
        Column("shares", gettext_lazy("Shared"), value=lambda row: _sum(row, "shares"), num=True),
        Column("replies", gettext_lazy("Replies"), value=lambda row: _sum(row, "replies_count"), num=True),
        Column("created_at", gettext_lazy("Created"), sort="created_at"),
    )
    calendar = Calendar("publish_at", mark="status")
    filters = (
        TextFilter("name", gettext_lazy("Post")),
        DateFilter("publish_at", gettext_lazy("Published at")),
        DateFilter("created_at", gettext_lazy("Created")),
    )

    def rows(self) -> Any:
        return queries.social_posts(self.actor)

    def prepare(self, rows: list[Any]) -> None:
        for row in rows:
            row.status = queries.social_status(row.own_publications)
            row.account_names = ", ".join(entry.account.name for entry in row.own_publications)

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may("social.edit"), "has_accounts": bool(queries.posting_accounts())}

    def url(self, row: SocialPost) -> str:
        return reverse("campaigns:social-post", args=[row.pk])


def _sum(row: Any, name: str) -> int | None:
    counts = [count for entry in row.own_publications if (count := getattr(entry, name)) is not None]
    return sum(counts) if counts else None


@page("social.view")
def post_list(request: HttpRequest) -> HttpResponseBase:
    return SocialPostList(request).respond()


@page("social.edit")
def new(request: HttpRequest) -> HttpResponse:
    return _write(request, None)


@page("social.view")
def show(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """A draft is a form; everything else is what became of it."""
    post = queries.social_post_for(actor_of(request), post_id)
    in_panel = request.headers.get("HX-Target") == "panel"
    if post.publish_at is None and not in_panel:
        return _write(request, post)
    return render(request, "campaigns/social_post.html", social_results.context(request, post))


@transaction.atomic
def _write(request: HttpRequest, post: SocialPost | None) -> HttpResponse:
    """The form; times are in the team's zone. A post locks the draft before its revision is compared."""
    actor = actor_of(request)
    if request.method == "POST":
        actor.require("social.edit")
        if post is not None:
            post = queries.social_post_for(actor, post.pk, lock=True)
    zone = zoneinfo.ZoneInfo(workspace().time_zone)
    with timezone.override(zone):
        data = (request.POST, request.FILES) if request.method == "POST" else ()
        form = SocialPostForm(*data, post=post)
        if form.is_bound and form.is_valid():
            answer = _keep(request, form, post)
            if answer is not None:
                return answer
        context = {
            "form": form,
            "post": post,
            "zone": zone.key,
            "previews": _previews(form, post),
            "may_edit": actor.may("social.edit"),
            "may_publish": actor.may("social.publish"),
        }
        return render(request, "campaigns/social_post_form.html", context, status=422 if form.errors else 200)


def _keep(request: HttpRequest, form: SocialPostForm, post: SocialPost | None) -> HttpResponse | None:
    """Saves, and orders it if asked to; None when that cannot be, with the reason on the form."""
    actor, clock = actor_of(request), clock_of(request)
    point = transaction.savepoint()
    values = {"name": form.cleaned_data["name"], "text": form.cleaned_data["text"], "accounts": form.chosen}
    try:
        if post is None:
            post = social_posts.create_post(actor=actor, clock=clock, **values)
        else:
            post = social_posts.edit_post(actor=actor, post_id=post.pk, clock=clock, **values)
        for image_id, alt in form.alternatives.items():
            social_images.describe_image(actor=actor, image_id=image_id, alt=alt, clock=clock)
        for image_id in form.removed:
            social_images.remove_image(actor=actor, image_id=image_id, clock=clock)
        if form.cleaned_data["image"]:
            alt, content = form.cleaned_data["alt"], form.cleaned_data["image"]
            social_images.add_image(actor=actor, post_id=post.pk, content=content, alt=alt, clock=clock)
        if "publish" in request.POST:
            social_posts.publish_post(actor=actor, post_id=post.pk, at=form.publish_at, clock=clock)
    except SocialError as error:
        transaction.savepoint_rollback(point)
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None
    note(request, _("It is ordered.") if "publish" in request.POST else _("The draft is saved."))
    return redirect("campaigns:social-post", post.pk)


@require_POST
@page("social.edit")
def preview(request: HttpRequest) -> HttpResponse:
    """How the post would look on each network, and how much is left, while it is being written."""
    actor = actor_of(request)
    try:
        post_id = uuid.UUID(request.POST.get("post", ""))
        post: SocialPost | None = queries.social_post_for(actor, post_id)
    except ValueError:
        post = None
    form = SocialPostForm(request.POST, post=post)
    form.is_valid()
    context = {"previews": _previews(form, post, clock_of(request).now())}
    return render(request, "campaigns/social_previews.html", context)


def _previews(form: SocialPostForm, post: SocialPost | None, now: Any = None) -> list[dict[str, Any]]:
    """Of the accounts that are chosen, with what is wrong there."""
    images = list(post.images.order_by("pk")) if post else []
    for image in images:
        image.alt = form.alternatives.get(image.pk, image.alt) if form.is_bound else image.alt
    shown = [image for image in images if not form.is_bound or image.pk not in form.removed]
    draft = SocialPost(pk=post.pk if post else None, text=form.value_of("text"))
    accounts = form.chosen
    rows = []
    for account in queries.posting_accounts():
        if account.pk in accounts:
            row = SocialPublication(post=draft, account=account, text=accounts[account.pk])
            rows.append(
                {
                    "account": account,
                    "network": queries.network_of(account),
                    "text": row.whole_text,
                    "images": shown,
                    "measured": measure(row, shown),
                    "same": queries.same_text(row, now) if now and row.whole_text.strip() else None,
                }
            )
    return rows


@require_safe
@page("social.view")
def image(request: HttpRequest, image_id: int) -> FileResponse:
    """An image, as it is published."""
    row = queries.social_image_for(actor_of(request), image_id)
    try:
        content = default_storage.open(row.path)
    except FileNotFoundError as error:
        raise Http404 from error
    answer = FileResponse(content, content_type=row.media_type)
    answer["Cache-Control"] = "private, max-age=86400"
    return answer


@require_POST
@page("social.publish")
def cancel(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    try:
        is_draft = social_posts.cancel_post(actor=actor_of(request), post_id=post_id, clock=clock_of(request))
    except SocialError as error:
        note(request, str(error), level="error")
    else:
        words = _("Cancelled. It is a draft again.") if is_draft else _("What waited of it is cancelled.")
        note(request, words)
    return redirect("campaigns:social-post", post_id)


@require_POST
@page("social.edit")
def archive(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    undo = "undo" in request.GET
    try:
        social_posts.archive_post(
            actor=actor_of(request), post_id=post_id, undo=undo, clock=clock_of(request)
        )
    except SocialError as error:
        note(request, str(error), level="error")
        return redirect("campaigns:social-post", post_id)
    if undo:
        return redirect("campaigns:social-post", post_id)
    address = reverse("campaigns:social-post-archive", args=[post_id])
    note(request, _("The post is archived."), undo_url=f"{address}?undo=1")
    return redirect("campaigns:social-posts")
