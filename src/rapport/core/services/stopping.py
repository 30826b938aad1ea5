"""Whether this process was told to end: what takes long looks here between two steps and gives back the rest."""

from __future__ import annotations

import threading

STOPPING = threading.Event()
