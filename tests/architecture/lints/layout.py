"""The layout of files: templates stay small, and a layer of an app is one module or one package."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.architecture.lints import Finding, Source

LINES, CHARACTERS = 150, 160
LAYERS = "urls|views|api|jobs|forms|services|queries|models|registry"
SPLIT = re.compile(rf"(?:{LAYERS})_\w+")


def template_sizes(source: Source) -> Iterator[Finding]:
    """Templates of more than 150 lines, and their lines of more than 160 characters."""
    if not source.name.endswith(".html"):
        return
    lines = source.text.splitlines()
    if len(lines) > LINES:
        yield Finding(source.name, len(lines), f"{len(lines)} lines")
    for number, line in enumerate(lines, 1):
        if len(line) > CHARACTERS:
            yield Finding(source.name, number, f"{len(line)} characters")


def split_layers(source: Source) -> Iterator[Finding]:
    """`views_edit.py` beside `views.py`: outside the layers contract, which knows `views/edit.py`."""
    if source.name.endswith(".py") and not source.is_test:
        for part in source.name.removesuffix(".py").split("/"):
            if SPLIT.fullmatch(part):
                yield Finding(source.name, 1, f"{part}: make it a module of a package")
