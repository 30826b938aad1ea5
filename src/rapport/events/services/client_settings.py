"""What other people's browser clients ask before they send: Segment's settings (also customer.io's client does) and
RudderStack's source config.

Both are answered with the least that makes the client send everything here and nothing elsewhere: no
destinations, no remote plug-ins, no metrics or error reports to the client's maker.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from rapport.events.services.envelope import encode

# A page asks on every view; switching a source off reaches browsers within this time.
CACHE = b"public, max-age=300"
_ALWAYS = {"enabled": True, "integrations": {}}


def requested(path: str, query: bytes, user: str) -> tuple[str, str] | None:
    """(kind, write key) when this is a client's question for its settings, else None.

    `user` is the user name of Basic authentication, where RudderStack says the key as well.
    """
    path_parts = path.strip("/").split("/")
    if len(path_parts) == 4 and path_parts[:2] == ["v1", "projects"] and path_parts[3] == "settings":
        return "segment", path_parts[2]
    if path_parts == ["sourceConfig"]:
        given = parse_qs(query.decode("latin-1")).get("writeKey", [])
        return "rudderstack", (given[0] if given else user)
    return None


def answer(kind: str, key: str, source_id: int, public_url: str) -> bytes:
    """The settings as JSON. `public_url` is where Segment's client is to send, never the request's own word."""
    return encode(_segment(key, public_url) if kind == "segment" else _rudderstack(key, source_id))


def _segment(key: str, public_url: str) -> dict[str, Any]:
    where = urlsplit(public_url)
    destination = {
        "apiKey": key,
        "apiHost": f"{where.netloc}{where.path}/v1",
        "protocol": where.scheme,
        "unbundledIntegrations": [],
        "addBundledMetadata": True,
        "maybeBundledConfigIds": {},
        "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
    }
    return {
        # Under the name by which each client looks for itself; without it, it sends to its maker's cloud.
        "integrations": {"Segment.io": destination, "Customer.io Data Pipelines": destination},
        "plan": {call: {"__default": _ALWAYS} for call in ("track", "identify", "group")},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }


def _rudderstack(key: str, source_id: int) -> dict[str, Any]:
    off = {"enabled": False}
    return {
        "source": {
            "id": str(source_id),
            "name": "Rapport",
            "writeKey": key,
            "enabled": True,
            "workspaceId": "rapport",
            "config": {"statsCollection": {"errors": off, "metrics": off}},
            "destinations": [],
            "connections": [],
        },
        "consentManagementMetadata": {"providers": []},
    }
