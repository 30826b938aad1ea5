"""What became of a post: its state on each network, figures, replies, and what can be done about them."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from rapport.campaigns import queries
from rapport.campaigns.forms import AnswerForm
from rapport.campaigns.models import SocialPost, SocialPublication
from rapport.campaigns.services import social_posts
from rapport.campaigns.services.social_posts import SocialError
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page

State = SocialPublication.State
STATUSES: dict[str, tuple[Any, str]] = {
    "draft": (gettext_lazy("Draft"), ""),
    "scheduled": (gettext_lazy("Scheduled"), "accent"),
    "publishing": (gettext_lazy("Publishing"), "live"),
    "attention": (gettext_lazy("Needs attention"), "bad"),
    "published": (gettext_lazy("Published"), "good"),
    "deleted": (gettext_lazy("Deleted"), ""),
    "cancelled": (gettext_lazy("Cancelled"), "bad"),
}
TONES = {
    State.SCHEDULED: "accent",
    State.PUBLISHING: "live",
    State.CHECKING: "live",
    State.DELETING: "live",
    State.PUBLISHED: "good",
    State.UNCERTAIN: "warn",
    State.FAILED: "bad",
    State.MISSED: "bad",
}


@page("social.view")
def live(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """The moving part of a post's page, asked for while something is under way."""
    post = queries.social_post_for(actor_of(request), post_id)
    if post.publish_at is None:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "campaigns/social_post_live.html", context(request, post) | {"polled": True})


def context(request: HttpRequest, post: Any, wrong_answer: AnswerForm | None = None) -> dict[str, Any]:
    """Everything the page of a post shows."""
    actor, now = actor_of(request), clock_of(request).now()
    rows = [_shown(row, post) for row in post.own_publications]
    status = queries.social_status(post.own_publications)
    label, tone = STATUSES[status]
    answers = queries.answers_of(post)
    replies = list(queries.social_replies(actor, post)[:500])
    for reply in replies:
        reply.own_answers = [_shown(row, post) for row in answers if row.answers_id == reply.pk]  # type: ignore[attr-defined]
    is_soon = status == "scheduled" and (post.publish_at - now).total_seconds() < 120
    waits = [row.state for row in answers if row.state in {State.SCHEDULED, *queries.UNDER_WAY}]
    return {
        "post": post,
        "rows": rows,
        "images": list(post.images.all()),
        "replies": replies,
        "sees_messages": actor.may("messages.view"),
        "status": status,
        "status_label": label,
        "status_tone": tone,
        "is_moving": status == "publishing" or is_soon or bool(waits),
        "may_publish": actor.may("social.publish"),
        "may_edit": actor.may("social.edit"),
        "may_cancel": any(
            row.state == State.SCHEDULED and not row.handed_over_at for row in post.own_publications
        ),
        "wrong_answer": wrong_answer,
        "form": AnswerForm(),
    }


def _shown(row: Any, post: SocialPost) -> Any:
    """A publication with the words of its state, and what to do about what is wrong."""
    row.post = post
    row.network = queries.network_of(row.account)
    row.tone = TONES.get(State(row.state), "")
    row.advice = row.network.advice(row.code) if row.code else ""
    row.may_retry = row.state in social_posts.OPEN
    row.may_delete = row.state == State.PUBLISHED and bool(row.provider_id)
    return row


@require_POST
@page("social.publish")
def again(request: HttpRequest, publication_id: uuid.UUID) -> HttpResponse:
    return _act(request, publication_id, social_posts.publish_again, _("It is published now."))


@require_POST
@page("social.publish")
def deletion(request: HttpRequest, publication_id: uuid.UUID) -> HttpResponse:
    return _act(request, publication_id, social_posts.delete_publication, _("It is being deleted there."))


@require_POST
@page("social.publish")
def settlement(request: HttpRequest, publication_id: uuid.UUID) -> HttpResponse:
    """A person has looked: it is public, at this address, or it is not."""

    def settle(**given: Any) -> None:
        is_public = request.POST.get("public") == "yes"
        social_posts.settle(is_public=is_public, url=request.POST.get("url", "").strip(), **given)

    return _act(request, publication_id, settle, _("Noted."))


def _act(request: HttpRequest, publication_id: uuid.UUID, service: Any, words: str) -> HttpResponse:
    actor = actor_of(request)
    row = queries.publication_for(actor, publication_id)
    try:
        service(actor=actor, publication_id=publication_id, clock=clock_of(request))
        note(request, words)
    except SocialError as error:
        note(request, str(error), level="error")
    return redirect("campaigns:social-post", row.post_id)


@require_POST
@page("social.publish")
def answer(request: HttpRequest, reply_id: int) -> HttpResponse:
    """Publishes an answer below a reply."""
    actor = actor_of(request)
    reply = queries.social_reply_for(actor, reply_id)
    post_id = reply.publication.post_id
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            social_posts.answer_reply(
                actor=actor, reply_id=reply_id, text=form.cleaned_data["text"], clock=clock_of(request)
            )
            note(request, _("The answer is published now."))
            return redirect("campaigns:social-post", post_id)
        except SocialError as error:
            form.add_error("text", str(error))
    form.reply_id = reply_id
    post = queries.social_post_for(actor, post_id)
    return render(request, "campaigns/social_post.html", context(request, post, form), status=422)
