"""The APIs of social networks as small servers: they check token and shape, keep what is published, and fail."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from rapport.channels.tests.http_api import DROP, Reply, Request

NOW = dt.datetime(2026, 11, 29, 12, 0, tzinfo=dt.UTC)


@dataclass
class Server:
    """`failures` are given once, for a request whose path begins so: (path, answer, is it done all the same)."""

    token: str = "secret"
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    images: dict[str, str] = field(default_factory=dict)
    failures: list[tuple[str, Reply, bool]] = field(default_factory=list)
    now: dt.datetime = NOW
    deleted: list[str] = field(default_factory=list)

    def fail(self, path: str, answer: Reply = DROP, *, done: bool = False) -> None:
        self.failures.append((path, answer, done))

    def __call__(self, request: Request) -> Reply:
        due = next((entry for entry in self.failures if request.path.startswith(entry[0])), None)
        if due is not None:
            self.failures.remove(due)
            if due[2]:
                self.answer(request)
            return due[1]
        if self.needs_token(request) and request.headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"error": "The access token is invalid"}
        return self.answer(request)

    def needs_token(self, request: Request) -> bool:
        return "oauth2/token" not in request.path

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def iso(self) -> str:
        return self.now.isoformat()

    def uploaded(self, request: Request, field_name: str, described: str = "") -> str:
        """Keeps an image of a multipart body; says its id."""
        kind = request.headers["content-type"]
        boundary = re.fullmatch(r"multipart/form-data; boundary=(\w+)", kind)
        assert boundary is not None
        pieces = request.body.split(b"--" + boundary[1].encode())
        assert pieces[0] == b""
        assert pieces[-1] == b"--\r\n"
        named = {
            re.search(rb'name="([^"]+)"', part)[1].decode(): part.partition(b"\r\n\r\n")[2][:-2]
            for part in pieces[1:-1]
        }  # type: ignore[index]
        assert named[field_name]
        image_id = str(len(self.images) + 1)
        self.images[image_id] = named.get(described, b"").decode()
        return image_id


class Mastodon(Server):
    """Knows a post again by its Idempotency-Key."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, str] = {}
        self.length = 500

    def answer(self, request: Request) -> Reply:
        path = urlsplit(request.path).path
        match request.method, path.split("/")[3:]:
            case "GET", ["accounts", "verify_credentials"]:
                return 200, {"id": "7", "acct": "shop"}
            case "GET", ["instance"]:
                statuses = {
                    "max_characters": self.length,
                    "characters_reserved_per_url": 23,
                    "max_media_attachments": 4,
                }
                return 200, {
                    "configuration": {"statuses": statuses, "media_attachments": {"description_limit": 1500}}
                }
            case "POST", ["media"]:
                return 200, {"id": self.uploaded(request, "file", "description")}
            case "POST", ["statuses"]:
                return self._publish(request)
            case "GET", ["accounts", "7", "statuses"]:
                return 200, list(self.posts.values())
            case "GET", ["statuses"]:
                wanted = parse_qs(urlsplit(request.path).query)["id[]"]
                return 200, [self.posts[name] for name in wanted if name in self.posts]
            case "GET", ["statuses", post_id, "context"]:
                return (
                    (200, {"ancestors": [], "descendants": self.comments})
                    if post_id in self.posts
                    else (404, {})
                )
            case "DELETE", ["statuses", post_id]:
                self.deleted.append(post_id)
                return (
                    (200, self.posts.pop(post_id))
                    if post_id in self.posts
                    else (404, {"error": "Record not found"})
                )
        return 404, {}

    def _publish(self, request: Request) -> Reply:
        key, content = request.headers["idempotency-key"], request.json
        if key not in self.keys:
            if len(content["status"]) > self.length:
                return 422, {"error": f"Validation failed: Text character limit of {self.length} exceeded"}
            assert all(image in self.images for image in content["media_ids"])
            post_id = str(100 + len(self.posts))
            self.keys[key] = post_id
            self.posts[post_id] = {
                "id": post_id,
                "url": f"https://social.example/@shop/{post_id}",
                "content": f"<p>{html.escape(content['status'])}</p>".replace("\n", "<br />"),
                "created_at": self.iso(),
                "media": content["media_ids"],
                "in_reply_to_id": content.get("in_reply_to_id"),
                "favourites_count": 3,
                "reblogs_count": 2,
                "replies_count": len(self.comments),
            }
        return 200, self.posts[self.keys[key]]

    def said(self, comment_id: str, post_id: str, acct: str, text: str) -> None:
        self.comments.append(
            {
                "id": comment_id,
                "in_reply_to_id": post_id,
                "account": {"acct": acct, "display_name": acct.title()},
                "content": f"<p>{text}</p>",
                "created_at": self.iso(),
                "url": f"https://social.example/@{acct}/{comment_id}",
            }
        )


class Facebook(Server):
    def answer(self, request: Request) -> Reply:
        pieces = urlsplit(request.path)
        match request.method, pieces.path.strip("/").split("/"):
            case "GET", ["7"]:
                return 200, {"id": "7", "name": "The shop", "link": "https://www.facebook.com/shop"}
            case "POST", ["7", "photos"]:
                return 200, {"id": self.uploaded(request, "source", "alt_text_custom")}
            case "POST", ["7", "feed"]:
                post_id = f"7_{len(self.posts) + 1}"
                self.posts[post_id] = {"id": post_id, "created_time": self.iso(), **request.json}
                return 200, {"id": post_id}
            case "POST", [parent, "comments"]:
                comment_id = f"{parent}c{len(self.posts)}"
                self.posts[comment_id] = {
                    "id": comment_id,
                    "parent": parent,
                    "created_time": self.iso(),
                    **request.json,
                }
                return 200, {"id": comment_id}
            case "GET", ["7", "feed"]:
                return 200, {"data": list(self.posts.values())}
            case "GET", [_post, "comments"]:
                return 200, {"data": self.comments}
            case "GET", [""]:
                counted = {"shares": {"count": 2}, "reactions": {"summary": {"total_count": 5}}}
                wanted = parse_qs(pieces.query)["ids"][0].split(",")
                return 200, {name: {"id": name, **counted} for name in wanted if name in self.posts}
            case "DELETE", [post_id]:
                self.deleted.append(post_id)
                return 200, {"success": bool(self.posts.pop(post_id, None))}
        return 404, {"error": {"code": 803, "message": "unknown"}}


class LinkedIn(Server):
    """Refuses the same text again, and ends a text at the first reserved character that is not escaped."""

    def answer(self, request: Request) -> Reply:
        assert request.headers["linkedin-version"] == "202511"
        assert request.headers["x-restli-protocol-version"] == "2.0.0" or request.method == "PUT"
        pieces = urlsplit(request.path)
        match request.method, [unquote(part) for part in pieces.path.strip("/").split("/")]:
            case "GET", ["rest", "organizations", "7"]:
                return 200, {"localizedName": "The shop"}
            case "POST", ["rest", "images"]:
                assert request.json == {"initializeUploadRequest": {"owner": "urn:li:organization:7"}}
                name = f"urn:li:image:{len(self.images) + 1}"
                self.images[name] = ""
                return 200, {
                    "value": {"uploadUrl": f"{request.headers['x-base']}/upload/{name}", "image": name}
                }
            case "PUT", ["upload", name]:
                self.images[name] = request.headers["content-type"]
                return 201, ""
            case "POST", ["rest", "posts"]:
                return self._publish(request.json)
            case "GET", ["rest", "posts"]:
                return 200, {"elements": list(self.posts.values())}
            case "GET", ["rest", "socialActions", _urn, "comments"]:
                return 200, {"elements": self.comments}
            case "POST", ["rest", "socialActions", urn, "comments"]:
                self.comments.append(
                    {"commentUrn": f"urn:li:comment:({request.json['object']},9)", **request.json}
                )
                return 201, self.comments[-1] | {"on": urn}
            case "GET", ["rest", "organizationalEntityShareStatistics"]:
                counts = {"likeCount": 4, "shareCount": 1, "commentCount": 2, "impressionCount": 90}
                return 200, {
                    "elements": [{"share": name, "totalShareStatistics": counts} for name in self.posts]
                }
            case "DELETE", ["rest", "posts", name]:
                self.deleted.append(name)
                return (204, "") if self.posts.pop(name, None) else (404, {"message": "Not found"})
        return 404, {}

    def _publish(self, content: dict[str, Any]) -> Reply:
        assert content["author"] == "urn:li:organization:7"
        same = [name for name, row in self.posts.items() if row["commentary"] == content["commentary"]]
        if same:
            return 422, {"message": f"Content is a duplicate of {same[0]}", "status": 422}
        name = f"urn:li:share:{len(self.posts) + 1}"
        self.posts[name] = {"id": name, "createdAt": int(self.now.timestamp() * 1000), **content}
        return 201, "", {"x-restli-id": name}

    def shown(self, name: str) -> str:
        """The text as readers see it."""
        text = re.sub(
            r"\{hashtag\|\\#\|((?:[^}\\]|\\.)*)\}", lambda tag: "\\#" + tag[1], self.posts[name]["commentary"]
        )
        whole = re.match(r"(?:\\.|[^\\|{}@\[\]()<>#*_~])*", text, re.DOTALL)
        assert whole is not None
        return re.sub(r"\\(.)", r"\1", whole[0])
