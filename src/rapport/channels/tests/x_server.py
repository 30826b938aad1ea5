"""The API of X as a small server."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rapport.channels.tests.http_api import Reply, Request
from rapport.channels.tests.network_servers import Server


class X(Server):
    """A refresh token is taken once."""

    def __init__(self) -> None:
        super().__init__()
        self.refresh = "first"
        self.renewals = 0

    def answer(self, request: Request) -> Reply:
        pieces = urlsplit(request.path)
        match request.method, pieces.path.strip("/").split("/")[1:]:
            case "POST", ["oauth2", "token"]:
                return self._renew(request)
            case "GET", ["users", "me"]:
                return 200, {"data": {"id": "7", "username": "shop"}}
            case "POST", ["media", "upload"]:
                return 200, {"data": {"id": self.uploaded(request, "media")}}
            case "POST", ["media", "metadata"]:
                self.images[request.json["id"]] = request.json["metadata"]["alt_text"]["text"]
                return 200, {}
            case "POST", ["tweets"]:
                text = request.json["text"]
                if text in [row["text"] for row in self.posts.values()]:
                    return 403, {"detail": "You are not allowed to create a Tweet with duplicate content."}
                name = str(100 + len(self.posts))
                self.posts[name] = {
                    "id": name,
                    "created_at": self.iso(),
                    "public_metrics": {"like_count": 6},
                    **request.json,
                }
                return 201, {"data": {"id": name, "text": text}}
            case "DELETE", ["tweets", name]:
                self.deleted.append(name)
                return 200, {"data": {"deleted": bool(self.posts.pop(name, None))}}
            case "GET", path:
                return self._read(path, parse_qs(pieces.query))
        return 404, {}

    def _read(self, path: list[str], query: dict[str, list[str]]) -> Reply:
        match path:
            case ["users", "7", "tweets"]:
                return 200, {"data": [self._shortened(row) for row in self.posts.values()]}
            case ["tweets", "search", "recent"]:
                since = int(query.get("since_id", ["0"])[0])
                rows = [row for row in self.comments if int(row["id"]) > since]
                users = [{"id": row["author_id"], "username": "ada", "name": "Ada"} for row in rows]
                newest = max((row["id"] for row in rows), key=int, default="")
                return 200, {
                    "data": rows,
                    "includes": {"users": users},
                    "meta": {"newest_id": newest} if rows else {},
                }
            case ["tweets"]:
                wanted = query["ids"][0].split(",")
                return 200, {"data": [self.posts[name] for name in wanted if name in self.posts]}
        return 404, {}

    def _renew(self, request: Request) -> Reply:
        form = parse_qs(request.body.decode())
        if form["refresh_token"] != [self.refresh]:
            return 400, {
                "error": "invalid_request",
                "error_description": "Value passed for the token was invalid.",
            }
        self.renewals += 1
        self.refresh, self.token = f"refresh{self.renewals}", f"access{self.renewals}"
        return 200, {"access_token": self.token, "refresh_token": self.refresh, "expires_in": 7200}

    def _shortened(self, row: dict[str, Any]) -> dict[str, Any]:
        links = re.findall(r"https?://\S+", row["text"])
        urls = [{"url": f"https://t.co/{at}", "expanded_url": link} for at, link in enumerate(links)]
        text = row["text"]
        for entry in urls:
            text = text.replace(entry["expanded_url"], entry["url"])
        return {**row, "text": json.loads(json.dumps(text.replace("&", "&amp;"))), "entities": {"urls": urls}}
