"""What the command line does through the same services as the pages and the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeVar

import click
from django.core.exceptions import ValidationError
from django.db import Error as DatabaseError
from django.utils import timezone

from rapport.core.access import system

T = TypeVar("T")
ACTOR = "command line"


def guarded(action: Callable[[], T]) -> T:
    """Runs the action; what goes wrong is said in one line, with what to do."""
    try:
        return action()
    except ValidationError as error:
        raise click.ClickException(" ".join(error.messages)) from error
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    except DatabaseError as error:
        raise click.ClickException(
            f"The database does not answer. Start `rapport serve` first, or name its folder with --data. ({error})"
        ) from error


def create_user(*, email: str, roles: Sequence[str], name: str, password: str) -> None:
    from rapport.core.services import users

    users.create_user(actor=system(ACTOR), email=email, roles=roles, name=name, password=password)


def create_key(*, kind: str, name: str, role: str, scopes: Sequence[str], until: dt.datetime | None) -> str:
    """The new key itself."""
    actor = system(ACTOR)
    if kind == "write":
        from rapport.events.services import sources

        return sources.create_source(actor=actor, name=name, kind="server").write_key
    from rapport.core.services import keys

    until = until and timezone.make_aware(until)
    return keys.create(actor=actor, name=name, role=role, scopes=scopes, expires_at=until)[1]


def search_duplicates(*, kind: str, full: bool) -> str:
    """The number of the search asked for."""
    from rapport.quality.matching.services import policy

    return str(policy.request_run(actor=system(ACTOR), kind=kind, full=full).pk)
