"""The web process: capture answers first and by itself, everything else is Django."""

from __future__ import annotations

import gc
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rapport.config.settings")

from django.core.asgi import get_asgi_application

_django = get_asgi_application()

from rapport.core import startup
from rapport.core.live.streams import Streams
from rapport.events.services.capture import Capture

startup.check()
_capture = Capture()
_streams = Streams()
# Segment's paths, where RudderStack's browser client asks for its settings and sends its beacons, and Jitsu's paths.
CAPTURE = ("/v1/", "/sourceConfig", "/beacon/v1/", "/api/s/", "/customerio/v1/")
SLOTS = "/v1/slots"  # a decision, not an event


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """ASGI entry point."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith(CAPTURE) and scope["path"] != SLOTS:
        await _capture(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == "/live/stream":
        await _streams.answer(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == "/healthz":
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
        )
        await send({"type": "http.response.body", "body": b"ok\n"})
    else:
        await _django(scope, receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            # What the program itself consists of stays: looking through it for garbage would hold up every request
            # that waits meanwhile.
            gc.collect()
            gc.freeze()
            _streams.stop_on_signals()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await _capture.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
