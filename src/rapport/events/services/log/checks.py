"""What `rapport doctor` asks of NATS."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from nats.js.errors import NotFoundError

from rapport.events.services.log import link
from rapport.events.services.log.base import Unavailable

# Reading many messages at once came with this release of the server.
OLDEST = (2, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    good: bool
    line: str


def run() -> list[Finding]:
    """The servers, every partition's copies, and the syncing to disk."""
    try:
        return [*_servers(), *_streams(), *_syncing()]
    except Unavailable as error:
        return [Finding(False, str(error))]


def _servers() -> list[Finding]:
    async def ask() -> tuple[str, str, int]:
        client = await here.client()
        about = client._server_info
        return str(about.get("version", "0.0")), str(about.get("cluster", "")), link.replicas(client)

    here = link.link()
    version, cluster, replicas = here.run(ask())
    recent = tuple(int(part) for part in version.split("-")[0].split(".")[:2]) >= OLDEST
    where = f"cluster {cluster}" if cluster else "a single server"
    advice = "" if recent else f": install {OLDEST[0]}.{OLDEST[1]} or newer"
    return [Finding(recent, f"NATS {version}, {where}; new partitions get {replicas} copies{advice}")]


def _streams() -> list[Finding]:
    async def ask(partition: int) -> Finding:
        stream = await here.jetstream()
        name = link.stream_name(partition)
        try:
            info = await stream.stream_info(name)
        except NotFoundError:
            return Finding(False, f"the stream {name} is missing: run `rapport migrate`")
        peers = (info.cluster.replicas or []) if info.cluster else []
        behind = [peer.name for peer in peers if peer.offline or not peer.current]
        line = f"{name}: {info.config.num_replicas} copies, {info.state.bytes / 1e6:.1f} MB"
        return Finding(
            not behind, line + (f"; not up to date: {', '.join(map(str, behind))}" if behind else "")
        )

    here = link.link()
    return [here.run(ask(partition)) for partition in range(max(1, settings.EVENT_PARTITIONS))]


def _syncing() -> list[Finding]:
    """JetStream says how it syncs only on its monitoring port."""
    addresses = [url.strip() for url in settings.NATS_MONITOR_URL.split(",") if url.strip()]
    if not addresses:
        line = "whether NATS syncs before it acknowledges is unknown: set NATS_MONITOR_URL, and in its configuration"
        return [Finding(True, f"{line} `jetstream {{ sync_interval: always }}`")]
    return [_syncs(address) for address in addresses]


def _syncs(address: str) -> Finding:
    try:
        with urllib.request.urlopen(f"{address.rstrip('/')}/jsz", timeout=5) as answer:  # noqa: S310 - a setting
            config: dict[str, Any] = json.load(answer).get("config", {})
    except (urllib.error.URLError, OSError, ValueError) as error:
        return Finding(False, f"NATS' monitoring at {address} does not answer: {error}")
    if config.get("sync_always"):
        return Finding(True, f"{address}: every message is on disk before it is acknowledged")
    return Finding(
        False, f"{address} acknowledges before the disk has it: set `sync_interval: always` in jetstream {{}}"
    )
