"""LinkedIn: posts of an organisation by the versioned REST API (learn.microsoft.com/linkedin/marketing)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

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
from rapport.channels.registry import SettingField, WrongSettings
from rapport.channels.social import lengths, oauth
from rapport.channels.social.asking import Asker, harmless, moment, number, same_text

BASE = "https://api.linkedin.com"
TOKENS = "https://www.linkedin.com/oauth/v2/accessToken"
VERSION = "202511"
LIMITS = Limits(3000, 20, 8_000_000, frozenset({"image/jpeg", "image/png", "image/gif"}), 4086)
# Little text format: what is not escaped ends the post there, without an error. Comments are plain text.
_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_HASHTAG = re.compile(r"(?<![\w#])#(\w*[^\W\d_]\w*)")
_DUPLICATE = re.compile(r"urn:li:(?:share|ugcPost):\d+")
FIELDS = (
    SettingField(
        "organization", _("Organisation id"), help=_("The figures in the address of the page's admin view.")
    ),
    *oauth.FIELDS,
    SettingField("base_url", _("Address of the API"), "url", required=False, default=BASE),
    SettingField("token_url", _("Address for new tokens"), "url", required=False, default=TOKENS),
)


class LinkedInClient:
    """Acts as the organisation."""

    def __init__(self, settings: Mapping[str, Any], details: Mapping[str, Any], now: dt.datetime) -> None:
        self._owner = f"urn:li:organization:{settings['organization']}"
        headers = {
            "authorization": f"Bearer {settings['access_token']}",
            "linkedin-version": VERSION,
            "x-restli-protocol-version": "2.0.0",
        }
        self._api = Asker(str(settings.get("base_url") or BASE), headers, now)

    def publish(self, post: Post) -> Posted:
        if post.answers:
            return self._answer(post)
        try:
            images = [{"id": self._upload(image), "altText": image.alt} for image in post.images]
        except Failed as error:
            return Posted(harmless(error))
        try:
            answer = self._api.ask("POST", "/rest/posts", content=self._content(post, images))
        except Failed as error:
            return Posted(_duplicate(error.outcome))
        post_id = answer.headers.get("x-restli-id") or answer.headers.get("x-linkedin-id") or ""
        if not post_id:
            return Posted(Outcome(Result.UNCERTAIN, str(answer.status), "the answer names no post"))
        return _posted(post_id)

    def _content(self, post: Post, images: list[dict[str, str]]) -> dict[str, Any]:
        content: dict[str, Any] = {
            "author": self._owner,
            "commentary": little_text(post.text),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        if len(images) == 1:
            content["content"] = {"media": images[0]}
        elif images:
            content["content"] = {"multiImage": {"images": images}}
        elif linked := lengths.links(post.text):  # LinkedIn looks at no page by itself
            content["content"] = {"article": {"source": linked[0], "title": (post.title or linked[0])[:400]}}
        return content

    def _upload(self, image: Image) -> str:
        content = {"initializeUploadRequest": {"owner": self._owner}}
        answer = json_of(self._api.ask("POST", "/rest/images?action=initializeUpload", content=content))
        address, image_id = text_of(answer, "value", "uploadUrl"), text_of(answer, "value", "image")
        if not address or not image_id:
            raise Failed(Outcome(Result.RETRY, "media", "LinkedIn gave no place for the image"))
        self._api.ask("PUT", address, body=image.content, headers={"content-type": image.media_type})
        return image_id

    def _answer(self, post: Post) -> Posted:
        content: dict[str, Any] = {
            "actor": self._owner,
            "object": post.thread,
            "message": {"text": post.text},
            "parentComment": post.answers,
        }
        try:
            answer = json_of(
                self._api.ask(
                    "POST", f"/rest/socialActions/{_quoted(post.answers)}/comments", content=content
                )
            )
        except Failed as error:
            return Posted(error.outcome)
        comment_id = _comment_id(answer)
        if not comment_id:
            return Posted(Outcome(Result.UNCERTAIN, "201", "the answer names no comment"))
        return Posted(Outcome(Result.ACCEPTED, provider_id=comment_id), _url(post.thread))

    def find(self, post: Post, since: dt.datetime) -> Posted | None:
        if post.answers:
            rows = self._api.get(f"/rest/socialActions/{_quoted(post.answers)}/comments").get("elements")
            for row in objects(rows):
                if row.get("actor") == self._owner and same_text(post.text, text_of(row, "message", "text")):
                    return Posted(Outcome(Result.ACCEPTED, provider_id=_comment_id(row)), _url(post.thread))
            return None
        query = f"q=author&author={_quoted(self._owner)}&count=50&sortBy=CREATED"
        for row in objects(self._api.get(f"/rest/posts?{query}").get("elements")):
            at = moment(row.get("createdAt"), self._api.now)
            if at >= since and same_text(little_text(post.text), str(row.get("commentary", ""))):
                return _posted(str(row.get("id", "")))
        return None

    def delete(self, provider_id: str) -> Outcome:
        path = f"/rest/posts/{_quoted(provider_id)}"
        if match := _COMMENT.fullmatch(provider_id):
            actor = f"?actor={_quoted(self._owner)}"
            path = f"/rest/socialActions/{_quoted(match[1])}/comments/{match[2]}{actor}"
        try:
            self._api.ask("DELETE", path)
        except Failed as error:
            if error.outcome.code != "404":
                return error.outcome
        return Outcome(Result.ACCEPTED)

    def comments(self, provider_id: str, since: str) -> Comments:
        rows, answered = self._comments(provider_id)
        comments = [self._comment(provider_id, row, "") for row in rows]
        for row in rows:
            if (
                number(row["commentsSummary"].get("aggregatedTotalComments"))
                if "commentsSummary" in row
                else 0
            ):
                inner, whole = self._comments(_comment_id(row))
                answered = answered and whole
                comments += [self._comment(provider_id, reply, _comment_id(row)) for reply in inner]
        return Comments([row for row in comments if row.author != self._owner], answered)

    def _comments(self, urn: str) -> tuple[list[dict[str, Any]], bool]:
        """Those directly below a post or a comment, and whether that is all."""
        path, rows = f"/rest/socialActions/{_quoted(urn)}/comments", list[dict[str, Any]]()
        for _page in range(10):
            page = list(objects(self._api.get(f"{path}?start={len(rows)}&count=100").get("elements")))
            rows += page
            if len(page) < 100:
                return rows, True
        return rows, False

    def _comment(self, post_id: str, row: Mapping[str, Any], parent_id: str) -> Comment:
        return Comment(
            provider_id=_comment_id(row),
            post_id=post_id,
            author=str(row.get("actor", "")),
            name=str(row.get("actor", "")).rpartition(":")[2],
            text=text_of(row, "message", "text"),
            at=moment(
                row["created"].get("time") if isinstance(row.get("created"), dict) else None, self._api.now
            ),
            parent_id=parent_id,
            url=_url(post_id),
        )

    def figures(self, provider_ids: Sequence[str]) -> dict[str, Figures]:
        figures: dict[str, Figures] = {}
        for kind, name in (("share", "shares"), ("ugcPost", "ugcPosts")):
            urns = [post_id for post_id in provider_ids if post_id.startswith(f"urn:li:{kind}:")]
            if urns:
                listed = ",".join(_quoted(urn) for urn in urns)
                query = f"q=organizationalEntity&organizationalEntity={_quoted(self._owner)}&{name}=List({listed})"
                rows = objects(
                    self._api.get(f"/rest/organizationalEntityShareStatistics?{query}").get("elements")
                )
                figures |= {str(row.get(kind)): _figures(row.get("totalShareStatistics")) for row in rows}
        return figures

    def close(self) -> None:
        self._api.close()


def little_text(text: str) -> str:
    """A text as `commentary` takes it: reserved characters escaped, hashtags as such."""
    escaped, at = list[str](), 0
    for match in _HASHTAG.finditer(text):
        escaped.append(_RESERVED.sub(r"\\\g<0>", text[at : match.start()]))
        escaped.append("{hashtag|\\#|" + _RESERVED.sub(r"\\\g<0>", match[1]) + "}")
        at = match.end()
    return "".join(escaped) + _RESERVED.sub(r"\\\g<0>", text[at:])


def learn(settings: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """The organisation's name. Raises SignedOut, Failed."""
    client = LinkedInClient(settings, {}, now)
    try:
        content = client._api.get(f"/rest/organizations/{settings['organization']}")
    finally:
        client.close()
    return {"name": str(content.get("localizedName", "")), "id": str(settings["organization"])}


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    if not str(settings["organization"]).isdigit():
        raise WrongSettings(str(_("The id consists of figures.")), "organization")
    oauth.check(settings)


_COMMENT = re.compile(r"urn:li:comment:\((urn:li:\w+:\d+),(\d+)\)")


def _comment_id(row: Mapping[str, Any]) -> str:
    """urn:li:comment:(urn:li:activity:1,2)"""
    return str(row.get("commentUrn") or row.get("$URN") or "")


def _duplicate(outcome: Outcome) -> Outcome:
    """LinkedIn refuses the same text again, and names the post that holds it."""
    if outcome.code == "422" and (match := _DUPLICATE.search(outcome.detail)):
        return Outcome(Result.REFUSED, "duplicate", outcome.detail, provider_id=match[0])
    return outcome


def _figures(counts: object) -> Figures:
    totals = counts if isinstance(counts, dict) else {}
    return Figures(
        *(number(totals.get(name)) for name in ("likeCount", "shareCount", "commentCount", "impressionCount"))
    )


def _posted(post_id: str) -> Posted:
    return Posted(Outcome(Result.ACCEPTED, provider_id=post_id), _url(post_id))


def _url(post_id: str) -> str:
    return f"https://www.linkedin.com/feed/update/{post_id}/"


def _quoted(urn: str) -> str:
    return quote(urn, safe="")


def register() -> None:
    NETWORKS.register(
        Network(
            "linkedin",
            _("LinkedIn"),
            "linkedin_id",
            LinkedInClient,
            learn,
            lambda text, _details: lengths.utf16(text),
            lambda _details: LIMITS,
            FIELDS,
            check=check,
            renew=lambda settings, now: oauth.renew(settings, str(settings.get("token_url") or TOKENS), now),
            advice=oauth.advice,
            help=_(
                "The page of an organisation, with the scopes w_organization_social and r_organization_social of an app"
                " that has the Community Management API."
            ),
            order=30,
        )
    )
