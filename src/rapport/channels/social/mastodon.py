"""Mastodon: an account of any server that speaks its API (docs.joinmastodon.org)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from rapport.channels.http import json_object, json_of
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
from rapport.channels.registry import SettingField, WrongSettings
from rapport.channels.social import lengths
from rapport.channels.social.asking import Asker, form_data, harmless, moment, number, same_text
from rapport.core.plain_text import unescaped

TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
FIELDS = (
    SettingField("server", _("Server"), "url", help=_("Such as https://mastodon.social.")),
    SettingField(
        "access_token",
        _("Access token"),
        "secret",
        help=_("Preferences → Development → New application, with the scopes read and write."),
    ),
)
_PROCESSING = re.compile(r"processing", re.IGNORECASE)


class MastodonClient:
    """A post is offered with an Idempotency-Key, so that the server publishes it once within an hour."""

    def __init__(self, settings: Mapping[str, Any], details: Mapping[str, Any], now: dt.datetime) -> None:
        self._api = Asker(
            str(settings["server"]), {"authorization": f"Bearer {settings['access_token']}"}, now
        )
        self._details = details

    def publish(self, post: Post) -> Posted:
        try:
            media = [self._upload(image) for image in post.images]
        except Failed as error:
            return Posted(harmless(error))
        content: dict[str, Any] = {"status": _addressed(post), "media_ids": media}
        if post.answers:
            content["in_reply_to_id"] = post.answers
        try:
            answer = self._api.ask(
                "POST", "/api/v1/statuses", content=content, headers={"idempotency-key": post.reference}
            )
        except Failed as error:
            return Posted(_later(error.outcome))
        return _posted(json_of(answer))

    def _upload(self, image: Image) -> str:
        body, headers = form_data(
            {"description": image.alt}, ("file", image.name, image.media_type, image.content)
        )
        answer = json_of(self._api.ask("POST", "/api/v2/media", body=body, headers=headers))
        if not answer.get("id"):
            raise Failed(Outcome(Result.RETRY, "media", "the server gave the image no id"))
        return str(answer["id"])

    def find(self, post: Post, since: dt.datetime) -> Posted | None:
        account = self._details.get("id") or self._api.get("/api/v1/accounts/verify_credentials").get("id")
        answer = self._api.ask("GET", f"/api/v1/accounts/{account}/statuses?limit=40&exclude_reblogs=true")
        for row in _rows(answer.text):
            shown = plain(str(row.get("content", "")))
            is_same = same_text(lengths.short_mentions(_addressed(post)), lengths.short_mentions(shown))
            if is_same and moment(row.get("created_at"), self._api.now) >= since:
                return _posted(row)
        return None

    def delete(self, provider_id: str) -> Outcome:
        try:
            self._api.ask("DELETE", f"/api/v1/statuses/{provider_id}")
        except Failed as error:
            if error.outcome.code != "404":
                return error.outcome
        return Outcome(Result.ACCEPTED)

    def comments(self, provider_id: str, since: str) -> Comments:
        content = self._api.get(f"/api/v1/statuses/{provider_id}/context")
        rows = [row for row in _list(content.get("descendants")) if isinstance(row, dict)]
        own = str(self._details.get("id") or "")
        comments = [self._comment(provider_id, row) for row in rows]
        return Comments([row for row in comments if row.author and row.author != own], is_complete=True)

    def _comment(self, provider_id: str, row: Mapping[str, Any]) -> Comment:
        account = row.get("account") if isinstance(row.get("account"), dict) else {}
        assert isinstance(account, dict)
        handle = str(account.get("acct", ""))
        return Comment(
            provider_id=str(row.get("id", "")),
            post_id=provider_id,
            author=self._address(handle),
            name=str(account.get("display_name") or handle),
            text=plain(str(row.get("content", ""))),
            at=moment(row.get("created_at"), self._api.now),
            handle=f"@{handle}",
            parent_id=str(row.get("in_reply_to_id") or ""),
            url=str(row.get("url") or ""),
        )

    def _address(self, handle: str) -> str:
        """name@server, also of those on our own server; empty for ourselves."""
        if not handle or handle == self._details.get("handle"):
            return ""
        return handle.lower() if "@" in handle else f"{handle}@{self._api.base.partition('://')[2]}".lower()

    def figures(self, provider_ids: Sequence[str]) -> dict[str, Figures]:
        query = urlencode([("id[]", provider_id) for provider_id in provider_ids])
        rows = _rows(self._api.ask("GET", f"/api/v1/statuses?{query}").text)
        return {
            str(row.get("id")): Figures(
                likes=number(row.get("favourites_count")),
                shares=number(row.get("reblogs_count")),
                replies=number(row.get("replies_count")),
            )
            for row in rows
        }

    def close(self) -> None:
        self._api.close()


def learn(settings: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """The account's name and the limits of its server. Raises SignedOut, Failed."""
    api = Asker(
        str(settings["server"]),
        {"authorization": f"Bearer {settings['access_token']}"},
        now,
    )
    try:
        account = api.get("/api/v1/accounts/verify_credentials")
        configuration = api.get("/api/v2/instance").get("configuration")
    finally:
        api.close()
    given = configuration if isinstance(configuration, dict) else {}
    statuses, media = given.get("statuses") or {}, given.get("media_attachments") or {}
    return {
        "id": str(account.get("id", "")),
        "handle": str(account.get("acct", "")),
        "name": f"@{account.get('acct', '')}",
        "length": number(statuses.get("max_characters")) or 500,
        "link": number(statuses.get("characters_reserved_per_url")) or lengths.LINK,
        "images": number(statuses.get("max_media_attachments")) or 4,
        "image_bytes": number(media.get("image_size_limit")) or 16_777_216,
        "alt": number(media.get("description_limit")) or 1500,
    }


def limits(details: Mapping[str, Any]) -> Limits:
    """Those of the account's own server, once it was asked."""
    return Limits(
        int(details.get("length") or 500),
        int(details.get("images") or 4),
        int(details.get("image_bytes") or 16_777_216),
        TYPES,
        int(details.get("alt") or 1500),
    )


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    if re.fullmatch(r"https?://[^/?#@\s]+/?", str(settings["server"])) is None:
        raise WrongSettings(str(_("Only the server, such as https://mastodon.social.")), "server")


def plain(content: str) -> str:
    """The text of a status, which is HTML."""
    broken = re.sub(r"<br\s*/?>", "\n", re.sub(r"</p>\s*<p[^>]*>", "\n\n", content))
    return unescaped(re.sub(r"<[^>]*>", "", broken)).strip()


def _addressed(post: Post) -> str:
    """An answer is only noticed by whom it mentions."""
    if not post.mention or post.mention.lower() in post.text.lower():
        return post.text
    return f"{post.mention} {post.text}"


def _posted(row: Mapping[str, Any]) -> Posted:
    if not row.get("id"):
        return Posted(Outcome(Result.UNCERTAIN, "200", "the answer names no post"))
    return Posted(Outcome(Result.ACCEPTED, provider_id=str(row["id"])), str(row.get("url") or ""))


def _later(outcome: Outcome) -> Outcome:
    """Images that are still being processed are no reason to give up."""
    if outcome.code == "422" and _PROCESSING.search(outcome.detail):
        return Outcome(Result.RETRY, "422", outcome.detail, retry_after=10)
    return outcome


def _rows(text: str) -> list[dict[str, Any]]:
    return [
        row for row in _list(json_object(f'{{"rows": {text or "[]"}}}').get("rows")) if isinstance(row, dict)
    ]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def advice(code: str) -> str:
    words = {
        "401": _(
            "The server knows the access token no longer: make a new one under Preferences → Development."
        ),
        "403": _("The token lacks a scope: it needs read and write."),
        "422": _("The server does not take the post as it is: see its words."),
    }
    return str(words.get(code, ""))


def register() -> None:
    NETWORKS.register(
        Network(
            "mastodon",
            _("Mastodon"),
            "mastodon_address",
            MastodonClient,
            learn,
            lambda text, details: lengths.mastodon(text, int(details.get("link") or lengths.LINK)),
            limits,
            FIELDS,
            check=check,
            advice=advice,
            repeats=dt.timedelta(minutes=50),  # an Idempotency-Key is kept for an hour
            help=_("An account on any Mastodon server. Its own limits are read from the server."),
            order=10,
        )
    )
