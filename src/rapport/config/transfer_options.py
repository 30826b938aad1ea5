"""Options of `rapport import` and `rapport export`, apart so that the command line's file stays small."""

from __future__ import annotations

from typing import Any

import click


def rules(function: Any) -> Any:
    """How rows meet people who are known."""
    for name, words in (
        ("--region", "Country of phone numbers without +, such as GB."),
        ("--dates", "dmy or mdy, for dates such as 03/04/2026."),
        ("--ambiguous", "reject, strongest or merge."),
        ("--policy", "overwrite, fill, newer, update or create."),
    ):
        function = click.option(name, default="", help=words)(function)
    return function


def who(function: Any) -> Any:
    """Who is exported, and what of them."""
    for name, words in (
        ("--columns", "Columns, separated by commas (default: the usual ones)."),
        ("--query", "Only whom the list of people shows with this query string."),
        ("--segment", "Only the members of the segment with this key."),
    ):
        function = click.option(name, default="", help=words)(function)
    return function
