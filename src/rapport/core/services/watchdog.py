"""A deadline that holds even when a process hangs inside a library: it ends, and its supervisor starts it again.

No thread can be interrupted in the middle of somebody else's loop, and one that never gives up the interpreter's lock
lets no other thread run either; the timer of `faulthandler` needs neither.
"""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager

_armed = False


def arm() -> None:
    """Lets deadlines hold in this process, which can be ended at any time and has one deadline at a time."""
    global _armed  # noqa: PLW0603  of the process
    _armed = True


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Ends an armed process, with its stacks in the log, when what is inside takes longer."""
    if not _armed:
        yield
        return
    faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
