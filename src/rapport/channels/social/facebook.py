"""Facebook pages by Meta's Graph API: posts with images, comments (asked for, or told by webhook), counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.http import json_of, retry_after
from rapport.channels.incoming import Call
from rapport.channels.meanings import advice_of
from rapport.channels.meta import graph
from rapport.channels.meta.codes import MEANINGS
from rapport.channels.networks import (
    NETWORKS,
    Comment,
    Comments,
    Failed,
    Figures,
    Image,
    Limits,
    Network,
    Post,
    Posted,
    SignedOut,
    SocialAnswer,
)
from rapport.channels.protocol import Outcome, Result
from rapport.channels.registry import SettingField, WrongSettings
from rapport.channels.social import lengths
from rapport.channels.social.asking import Asker, form_data, harmless, moment, number, same_text
from rapport.core.services.outbound import Answer

LIMITS = Limits(63_206, 10, 10_000_000, frozenset({"image/jpeg", "image/png"}), 1000)
_COMMENT = "id,from{id,name},message,created_time,parent{id},permalink_url"
_SIGN_IN = {"190", "102"}


class FacebookAsker(Asker):
    """Meta says in codes of its own, with 400, what others say by the status."""

    def refusal(self, answer: Answer) -> Outcome:
        error = json_of(answer).get("error")
        if isinstance(error, dict):
            code, words = str(error.get("code", "")), graph.detail_of(error)
            if code in _SIGN_IN:
                raise SignedOut(code, words)
            if code in MEANINGS:
                return MEANINGS[code].outcome(code, words, retry_after(answer))
        return super().refusal(answer)


class FacebookClient:
    """Acts as the page."""

    def __init__(self, settings: Mapping[str, Any], details: Mapping[str, Any], now: dt.datetime) -> None:
        self._page = str(settings["page_id"])
        self._api = FacebookAsker(
            graph.base(settings), {"authorization": f"Bearer {settings['access_token']}"}, now
        )

    def publish(self, post: Post) -> Posted:
        try:
            images = [self._upload(image) for image in post.images]
        except Failed as error:
            return Posted(harmless(error))
        content: dict[str, Any] = {"message": post.text}
        path = f"/{self._page}/feed"
        if post.answers:
            path = f"/{post.answers}/comments"
        elif images:
            content["attached_media"] = [{"media_fbid": image} for image in images]
        elif linked := lengths.links(post.text):
            content["link"] = linked[0]  # without it there is no preview of the page that is linked
        try:
            answer = json_of(self._api.ask("POST", path, content=content))
        except Failed as error:
            return Posted(error.outcome)
        if not answer.get("id"):
            return Posted(Outcome(Result.UNCERTAIN, "200", "the answer names no post"))
        return _posted(str(answer["id"]))

    def _upload(self, image: Image) -> str:
        fields = {"published": "false", "alt_text_custom": image.alt}
        body, headers = form_data(fields, ("source", image.name, image.media_type, image.content))
        answer = json_of(self._api.ask("POST", f"/{self._page}/photos", body=body, headers=headers))
        if not answer.get("id"):
            raise Failed(Outcome(Result.RETRY, "media", "the image got no id"))
        return str(answer["id"])

    def find(self, post: Post, since: dt.datetime) -> Posted | None:
        if post.answers:
            path = f"/{post.answers}/comments?" + urlencode({"fields": _COMMENT, "limit": 100})
        else:
            query = {"fields": "id,message,created_time", "limit": 50, "since": int(since.timestamp())}
            path = f"/{self._page}/feed?{urlencode(query)}"
        for row in graph.objects(self._api.get(path).get("data")):
            is_own = not post.answers or graph.text_of(row, "from", "id") == self._page
            if is_own and same_text(post.text, str(row.get("message", ""))) and self._since(row, since):
                return _posted(str(row.get("id", "")))
        return None

    def _since(self, row: Mapping[str, Any], since: dt.datetime) -> bool:
        return moment(row.get("created_time"), self._api.now) >= since

    def delete(self, provider_id: str) -> Outcome:
        try:
            self._api.ask("DELETE", f"/{provider_id}")
        except Failed as error:
            gone = error.outcome.code == "404" or "does not exist" in error.outcome.detail
            return Outcome(Result.ACCEPTED) if gone else error.outcome
        return Outcome(Result.ACCEPTED)

    def comments(self, provider_id: str, since: str) -> Comments:
        query = {"fields": _COMMENT, "filter": "stream", "order": "chronological", "limit": 200}
        content = self._api.get(
            f"/{provider_id}/comments?" + urlencode(query | ({"since": since} if since else {}))
        )
        rows = list(graph.objects(content.get("data")))
        comments = [
            Comment(
                provider_id=str(row.get("id", "")),
                post_id=provider_id,
                author=graph.text_of(row, "from", "id"),
                name=graph.text_of(row, "from", "name"),
                text=str(row.get("message", "")),
                at=moment(row.get("created_time"), self._api.now),
                parent_id=graph.text_of(row, "parent", "id"),
                url=str(row.get("permalink_url", "")),
            )
            for row in rows
            if graph.text_of(row, "from", "id") != self._page
        ]
        whole = not since and not graph.text_of(content, "paging", "next")
        newest = max((int(row.at.timestamp()) for row in comments), default=0)
        return Comments(comments, whole, since if whole or not newest else str(newest))

    def figures(self, provider_ids: Sequence[str]) -> dict[str, Figures]:
        counted = "reactions.summary(total_count).limit(0),comments.summary(total_count).limit(0)"
        query = {"ids": ",".join(provider_ids), "fields": f"shares,{counted}"}
        content = self._api.get(f"/?{urlencode(query)}")
        return {
            post_id: Figures(
                likes=_total(row, "reactions"),
                shares=number(row["shares"].get("count")) if isinstance(row.get("shares"), dict) else 0,
                replies=_total(row, "comments"),
            )
            for post_id in provider_ids
            if isinstance(row := content.get(post_id), dict)
        }

    def close(self) -> None:
        self._api.close()


def learn(settings: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """The page's name. Raises SignedOut, Failed."""
    api = FacebookAsker(
        graph.base(settings),
        {"authorization": f"Bearer {settings['access_token']}"},
        now,
    )
    try:
        page = api.get(f"/{settings['page_id']}?fields=name,link")
    finally:
        api.close()
    return {
        "id": str(page.get("id", "")),
        "name": str(page.get("name", "")),
        "url": str(page.get("link", "")),
    }


def receive(call: Call, settings: Mapping[str, Any]) -> SocialAnswer:
    """Comments that Meta tells of, in calls that it signs. Raises NotTheirs, Malformed."""
    if call.method == "GET":
        return SocialAnswer(body=graph.verification(call, settings).body)
    content, page = graph.content_of(call, settings), str(settings["page_id"])
    comments = [
        comment
        for entry in graph.objects(content["entry"])
        if str(entry.get("id")) == page
        for change in graph.objects(entry.get("changes"))
        if change.get("field") == "feed" and (comment := _told(change.get("value"), page, call.now))
    ]
    return SocialAnswer(comments)


def _told(value: object, page: str, now: dt.datetime) -> Comment | None:
    """The comment of a change, if it is one and somebody else's."""
    if not isinstance(value, dict) or value.get("item") != "comment":
        return None
    author = graph.text_of(value, "from", "id")
    if not author or author == page or not value.get("comment_id") or not value.get("post_id"):
        return None
    created = value.get("created_time")
    parent = str(value.get("parent_id") or "")
    return Comment(
        provider_id=str(value["comment_id"]),
        post_id=str(value["post_id"]),
        author=author,
        name=graph.text_of(value, "from", "name"),
        text=str(value.get("message") or ""),
        at=moment(created * 1000 if isinstance(created, int) else created, now),
        parent_id="" if parent == str(value["post_id"]) else parent,
        is_removed=value.get("verb") in {"remove", "hide"},
    )


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    if not str(settings["page_id"]).isdigit():
        raise WrongSettings(_("The id consists of figures."), "page_id")


def _posted(post_id: str) -> Posted:
    return Posted(Outcome(Result.ACCEPTED, provider_id=post_id), f"https://www.facebook.com/{post_id}")


def _total(row: Mapping[str, Any], name: str) -> int | None:
    counted = row.get(name)
    summary = counted.get("summary") if isinstance(counted, dict) else None
    return number(summary.get("total_count")) if isinstance(summary, dict) else None


def register() -> None:
    NETWORKS.register(
        Network(
            "facebook",
            gettext_lazy("Facebook page"),
            "messenger_id",
            FacebookClient,
            learn,
            lambda text, _details: len(text),
            lambda _details: LIMITS,
            (
                SettingField("page_id", gettext_lazy("Page id")),
                *(field for field in graph.FIELDS if field.key != "rate"),
            ),
            check=check,
            receive=receive,
            advice=lambda code: advice_of(MEANINGS, code),
            help=gettext_lazy(
                "A page, with the permissions pages_manage_posts, pages_manage_engagement and pages_read_engagement."
                " Subscribe its address to “feed”, so that comments come at once."
            ),
            order=20,
        )
    )
