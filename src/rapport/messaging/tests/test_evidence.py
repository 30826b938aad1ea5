"""Signs in a request, what they weigh, and the list of networks."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.messaging.models import Delivery, Engagement
from rapport.messaging.services import evidence, networks, personal_data, signs

CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
AWS, BARRACUDA, RELAY, HOME = "3.5.140.2", "209.222.82.10", "104.28.30.4", "84.160.10.20"


@pytest.mark.parametrize(
    ("kind", "headers", "address", "reasons", "human"),
    [
        ("open", {"User-Agent": CHROME}, HOME, ["browser"], True),
        ("open", {"User-Agent": CHROME, "Sec-Purpose": "prefetch"}, HOME, ["prefetch"], False),
        ("open", {"User-Agent": ""}, HOME, ["no_user_agent"], False),
        ("open", {"User-Agent": "Mozilla/5.0"}, RELAY, ["apple_privacy_proxy", "privacy_relay"], False),
        ("open", {"User-Agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"}, "", ["image_proxy"], True),
        ("click", {"User-Agent": "BarracudaCentral"}, HOME, ["scanner"], False),
        ("click", {"User-Agent": CHROME, "Accept-Language": "de"}, HOME, ["browser"], True),
        ("click", {"User-Agent": CHROME, "Accept-Language": "de"}, AWS, ["data_centre"], False),
        ("click", {"User-Agent": CHROME, "accept-language": "de"}, BARRACUDA, ["scanner_network"], False),
        ("click", {"User-Agent": "WhatsApp/2.23.20.0"}, HOME, ["link_preview"], False),
        (
            "click",
            {"User-Agent": "Mozilla/5.0 HeadlessChrome/130.0"},
            HOME,
            ["headless", "no_language"],
            False,
        ),
    ],
)
def test_each_kind_is_known_by_its_reasons(
    kind: str, headers: dict[str, str], address: str, reasons: list[str], human: bool
) -> None:
    judgement = evidence.judge(kind, signs.of_request(kind, headers, address))
    assert (list(judgement.reasons), judgement.is_human) == (reasons, human)


@given(st.sampled_from(["open", "click", "unsubscribe"]), st.sets(st.sampled_from(sorted(evidence.SIGNS))))
def test_a_sign_for_a_machine_never_makes_it_likelier_that_it_was_a_human(kind: str, seen: set[str]) -> None:
    before = evidence.judge(kind, seen)
    free = {sign.group for sign in evidence.SIGNS.values()} - {evidence.SIGNS[key].group for key in seen}
    for sign in evidence.SIGNS.values():
        if sign.group in free:
            after = evidence.judge(kind, {*seen, sign.key})
            assert (after.probability - before.probability) * sign.weight >= 0
    assert 0 < before.probability < 1
    assert all(evidence.words(before.reasons))


def test_the_innermost_network_has_the_say_and_a_bad_list_names_its_line() -> None:
    listed = networks.read(
        [
            "# as-of: 2026-01-02",
            "[data-centre a]",
            "10.0.0.0/8",
            "2001:db8::/32",
            "[scanner b]",
            "10.2.0.0/16",
        ]
    )
    owners = [
        listed.owner(address)
        for address in ("10.1.9.9", "10.2.3.4", "10.3.0.0", "11.0.0.0", "::ffff:10.2.0.1")
    ]
    assert [owner and owner.name for owner in owners] == ["a", "b", "a", None, "b"]
    assert listed.owner("2001:db8::1") == networks.Owner("data-centre", "a")
    assert (listed.owner("9.255.255.255"), listed.owner("no address"), listed.owner("")) == (None, None, None)
    for lines, place in (
        (["10.0.0.0/8"], "line 1"),
        (["[cloud a]"], "line 1"),
        (["[relay a]", "10.0.0.1/8"], "line 2"),
    ):
        with pytest.raises(networks.BadNetworks, match=place):
            networks.read(lines)


def test_a_list_of_the_operators_replaces_ours_and_a_bad_one_does_not(settings: Any, tmp_path: Path) -> None:
    own = tmp_path / "networks.txt"
    settings.NETWORKS = str(own)
    networks.networks.cache_clear()
    try:
        for text, name in (("[scanner own]\n3.5.140.0/24\n", "own"), ("3.5.140.0/24\n", "amazon")):
            own.write_text(text)
            owner = networks.networks().owner(AWS)
            assert owner
            assert owner.name == name
            networks.networks.cache_clear()
    finally:
        networks.networks.cache_clear()


@pytest.mark.django_db
def test_erasure_keeps_the_counts_and_forgets_the_person(consenting, order, work) -> None:
    ada = consenting("ada")
    order()
    work()
    assert personal_data.export([ada.pk])["deliveries"][0]["address"] == "ada@example.org"
    personal_data.erase([ada.pk, uuid.uuid4()])
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.person, delivery.address, delivery.explanation) == ("sent", None, "", {})
    assert not Engagement.objects.exists()
