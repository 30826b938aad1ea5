"""The base of every body of the API: it carries its app's name in the OpenAPI document."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import ninja
from pydantic import ConfigDict, field_validator

from rapport.core.plain_text import plain
from rapport.core.registration import RegistrationError

PRODUCT = "rapport."
# What the answers of every app are made of.
SHARED = ("rapport.core.api.pages", "rapport.core.api.problems")


class Schema(ninja.Schema):
    """A body of the API. `PersonOut` of the app people is the component `PeoplePersonOut` of the document.

    Problems and pages keep their names. Raises RegistrationError when two would share a component.
    """

    # Where each component comes from, by its name in the document.
    components: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        module = cls.__module__
        if not module.startswith(PRODUCT) or "[" in cls.__name__:  # a test's, or a Page of some rows
            return
        app = module.removeprefix(PRODUCT).split(".")[0]
        if module not in SHARED:
            # Before pydantic builds the schema: it names the component by the last part of the qualified name.
            cls.__qualname__ = f"{app.title().replace('_', '')}{cls.__name__}"
        if cls.components.setdefault(cls.__qualname__, module) != module:
            raise RegistrationError(
                f"Two API schemas are named {cls.__qualname__}: in {cls.components[cls.__qualname__]} and in {module}."
                " Rename one of them."
            )


class InputSchema(Schema):
    """The base of what is sent to the API. A field that it does not know is refused.

    A misspelt field must not pass as one left out: `send_at` for `at` would send a campaign at once.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    @field_validator("*")
    @classmethod
    def _in_a_zone(cls, value: Any) -> Any:
        """A time without a zone is another moment for everybody who reads it."""
        if isinstance(value, dt.datetime) and value.tzinfo is None:
            raise ValueError("Add the zone, as in 2026-01-31T09:00:00Z or …+01:00")
        return value

    @field_validator("name", "label", "title", mode="before", check_fields=False)
    @classmethod
    def _plain(cls, value: Any) -> Any:
        """What something is called has no characters that are not seen or turn text around."""
        return plain(value) if isinstance(value, str) else value
