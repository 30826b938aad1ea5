"""X (formerly Twitter) by its API v2, signed in with OAuth 2 (docs.x.com)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from rapport.channels.http import json_of
from rapport.channels.meta.graph import objects, text_of
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
)
from rapport.channels.protocol import Outcome, Result
from rapport.channels.registry import SettingField
from rapport.channels.social import lengths, oauth
from rapport.channels.social.asking import Asker, form_data, harmless, moment, number, same_text

BASE = "https://api.x.com"
LIMITS = Limits(280, 4, 5_242_880, frozenset({"image/jpeg", "image/png", "image/webp"}), 1000)
FIELDS = (
    *oauth.FIELDS,
    SettingField("base_url", _("Address of the API"), "url", required=False, default=BASE),
)


class XClient:
    """Acts as the account that gave the token."""

    def __init__(self, settings: Mapping[str, Any], details: Mapping[str, Any], now: dt.datetime) -> None:
        self._api = Asker(_base(settings), {"authorization": f"Bearer {settings['access_token']}"}, now)
        self._details = details

    def publish(self, post: Post) -> Posted:
        try:
            images = [self._upload(image) for image in post.images]
        except Failed as error:
            return Posted(harmless(error))
        content: dict[str, Any] = {"text": post.text}
        if images:
            content["media"] = {"media_ids": images}
        if post.answers:
            content["reply"] = {"in_reply_to_tweet_id": post.answers}
        try:
            answer = json_of(self._api.ask("POST", "/2/tweets", content=content))
        except Failed as error:
            return Posted(_duplicate(error.outcome))
        if not (post_id := text_of(answer, "data", "id")):
            return Posted(Outcome(Result.UNCERTAIN, "200", "the answer names no post"))
        return _posted(post_id)

    def _upload(self, image: Image) -> str:
        fields = {"media_category": "tweet_image"}
        body, headers = form_data(fields, ("media", image.name, image.media_type, image.content))
        answer = json_of(self._api.ask("POST", "/2/media/upload", body=body, headers=headers))
        if not (media_id := text_of(answer, "data", "id")):
            raise Failed(Outcome(Result.RETRY, "media", "X gave the image no id"))
        described = {"id": media_id, "metadata": {"alt_text": {"text": image.alt}}}
        self._api.ask("POST", "/2/media/metadata", content=described)
        return media_id

    def find(self, post: Post, since: dt.datetime) -> Posted | None:
        user = self._details.get("id") or text_of(self._api.get("/2/users/me"), "data", "id")
        query = {
            "max_results": 50,
            "start_time": since.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tweet.fields": "created_at,entities",
        }
        for row in objects(self._api.get(f"/2/users/{user}/tweets?{urlencode(query)}").get("data")):
            if same_text(post.text, _whole_text(row)):
                return _posted(str(row.get("id", "")))
        return None

    def delete(self, provider_id: str) -> Outcome:
        try:
            self._api.ask("DELETE", f"/2/tweets/{provider_id}")
        except Failed as error:
            if error.outcome.code != "404":
                return error.outcome
        return Outcome(Result.ACCEPTED)

    def comments(self, provider_id: str, since: str) -> Comments:
        """Those of the last seven days: the search goes no further back."""
        query = {
            "query": f"conversation_id:{provider_id}",
            "max_results": 100,
            "tweet.fields": "author_id,created_at,referenced_tweets,entities",
            "expansions": "author_id",
            "user.fields": "username,name",
        } | ({"since_id": since} if since else {})
        rows, users, newest = list[dict[str, Any]](), dict[str, dict[str, Any]](), since
        for _page in range(10):
            content = self._api.get(f"/2/tweets/search/recent?{urlencode(query)}")
            rows += objects(content.get("data"))
            users |= {
                str(user.get("id")): user for user in objects((content.get("includes") or {}).get("users"))
            }
            newest = max(newest, text_of(content, "meta", "newest_id"), key=lambda text: int(text or 0))
            if not (following := text_of(content, "meta", "next_token")):
                break
            query["next_token"] = following
        own = str(self._details.get("id") or "")
        return Comments(
            [self._comment(provider_id, row, users) for row in rows if str(row.get("author_id")) != own],
            since=newest,
        )

    def _comment(
        self, post_id: str, row: Mapping[str, Any], users: Mapping[str, Mapping[str, Any]]
    ) -> Comment:
        user = users.get(str(row.get("author_id")), {})
        answered = [
            str(entry.get("id"))
            for entry in objects(row.get("referenced_tweets"))
            if entry.get("type") == "replied_to"
        ]
        parent = answered[0] if answered else ""
        return Comment(
            provider_id=str(row.get("id", "")),
            post_id=post_id,
            author=str(row.get("author_id", "")),
            name=str(user.get("name") or ""),
            text=_whole_text(row),
            at=moment(str(row.get("created_at", "")).replace("Z", "+00:00"), self._api.now),
            handle=f"@{user['username']}" if user.get("username") else "",
            parent_id="" if parent == post_id else parent,
            url=_url(str(row.get("id", ""))),
        )

    def figures(self, provider_ids: Sequence[str]) -> dict[str, Figures]:
        query = urlencode({"ids": ",".join(provider_ids), "tweet.fields": "public_metrics"})
        rows = objects(self._api.get(f"/2/tweets?{query}").get("data"))
        return {str(row.get("id")): _figures(row.get("public_metrics")) for row in rows}

    def close(self) -> None:
        self._api.close()


def learn(settings: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """The account's name. Raises SignedOut, Failed."""
    api = Asker(_base(settings), {"authorization": f"Bearer {settings['access_token']}"}, now)
    try:
        user = api.get("/2/users/me")
    finally:
        api.close()
    return {"id": text_of(user, "data", "id"), "name": f"@{text_of(user, 'data', 'username')}"}


def _base(settings: Mapping[str, Any]) -> str:
    return str(settings.get("base_url") or BASE).rstrip("/")


def _whole_text(row: Mapping[str, Any]) -> str:
    """The text with the links as they were written, not as X shortened them; without those to its images."""
    text = str(row.get("text", ""))
    entities = row.get("entities")
    for link in objects(entities.get("urls") if isinstance(entities, dict) else None):
        shown = "" if link.get("media_key") else str(link.get("expanded_url") or "")
        text = text.replace(str(link.get("url") or "\0"), shown)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _duplicate(outcome: Outcome) -> Outcome:
    if outcome.code == "403" and "duplicate" in outcome.detail.lower():
        return Outcome(Result.REFUSED, "duplicate", outcome.detail)
    return outcome


def _figures(counts: object) -> Figures:
    totals = counts if isinstance(counts, dict) else {}
    shares = [number(totals.get(name)) for name in ("retweet_count", "quote_count")]
    return Figures(
        number(totals.get("like_count")),
        sum(count or 0 for count in shares) if any(count is not None for count in shares) else None,
        number(totals.get("reply_count")),
        number(totals.get("impression_count")),
    )


def _posted(post_id: str) -> Posted:
    return Posted(Outcome(Result.ACCEPTED, provider_id=post_id), _url(post_id))


def _url(post_id: str) -> str:
    return f"https://x.com/i/status/{post_id}"


def register() -> None:
    NETWORKS.register(
        Network(
            "x",
            _("X"),
            "x_id",
            XClient,
            learn,
            lambda text, _details: lengths.x(text),
            lambda _details: LIMITS,
            FIELDS,
            check=oauth.check,
            renew=lambda settings, now: oauth.renew(
                settings, f"{_base(settings)}/2/oauth2/token", now, basic=True
            ),
            advice=oauth.advice,
            help=_(
                "An account, with the scopes tweet.read, tweet.write, users.read, media.write and offline.access."
            ),
            order=40,
        )
    )
