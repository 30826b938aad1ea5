"""What of a new channel was forgotten is named when the program starts, or here."""

from __future__ import annotations

import sys
from pathlib import Path

import rapport.channels
from rapport.channels.email.providers import adapter as providers
from rapport.channels.email.providers import receiving
from rapport.channels.registry import ADAPTERS, CHANNELS, Adapter, ChannelKind
from rapport.core import startup


def unused(*_arguments: object) -> None:
    raise AssertionError("nothing is sent here")


def test_a_way_to_no_channel_is_named_with_what_to_do() -> None:
    with ADAPTERS.temporarily(Adapter("loft", "pigeon", "Loft", unused, unused)):
        (sentence,) = startup.problems()
    assert "“loft”" in sentence
    assert "channel “pigeon”, which nobody registered: register a ChannelKind" in sentence


def test_a_channel_whose_addresses_nobody_can_have_is_named() -> None:
    with CHANNELS.temporarily(ChannelKind("pigeon", "Pigeon", "loft_id")):
        (sentence,) = startup.problems()
    assert "“loft_id”" in sentence
    assert "register an IdentifierRule" in sentence


def test_every_folder_with_an_adapter_is_registered() -> None:
    folder = Path(rapport.channels.__file__).parent
    names = {f"rapport.channels.{path.parent.name}.adapter" for path in folder.glob("*/adapter.py")}
    assert not names - set(sys.modules), "call its register() in channels/apps.py"


def test_every_provider_of_email_reads_its_calls() -> None:
    for adapter in ADAPTERS:
        if adapter.open.__module__ == providers.__name__:
            assert hasattr(receiving, f"{adapter.key}_calls"), adapter.key
