"""Keeps a living sender's leases from running out, so that they can be short and a dead one's are soon noticed."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Sequence
from types import TracebackType

from django.db import Error as DatabaseError
from django.db import connection

from rapport.core import sql
from rapport.core.clock import Clock
from rapport.messaging.services.claiming import LEASE, Claimed

log = logging.getLogger("rapport.messaging")
RENEW = """
    UPDATE messaging_delivery d SET lease_until = %b
    FROM unnest(%b::uuid[], %b::bigint[]) AS ours (id, fence)
    WHERE d.id = ours.id AND d.fence = ours.fence AND d.state = 'claimed'
"""


class Keeper:
    """While entered, renews the leases of `claimed` three times within their length.

    An SMTP conversation may rightly take minutes; a claim whose fence has moved on is left alone.
    """

    def __init__(self, claimed: Sequence[Claimed], clock: Clock, every: dt.timedelta = LEASE / 3) -> None:
        self._claimed, self._clock, self._every = claimed, clock, every
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease keeper", daemon=True)

    def __enter__(self) -> Keeper:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._done.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._done.wait(self._every.total_seconds()):
            try:
                self.renew()
            except DatabaseError as error:
                log.warning("leases could not be renewed: %s", error)
            finally:
                connection.close()

    def renew(self) -> None:
        ids, fences = [claim.id for claim in self._claimed], [claim.fence for claim in self._claimed]
        sql.run(RENEW, [self._clock.now() + LEASE, ids, fences])
