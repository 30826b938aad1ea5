"""Members' cards in wallets: signed so that a telephone believes them, shown to who has the link, kept up to date."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from django.test import Client

from rapport.channels.push import apns as hosts
from rapport.channels.tests.http2_server import Http2Server
from rapport.channels.tests.http_api import Api, Request, api_server
from rapport.content.registry import Addressee
from rapport.content.services.liquid_source import TemplateError
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.core.jobs import run_once
from rapport.loyalty.models import Account, WalletDevice, WalletPass, WalletSettings
from rapport.loyalty.services import traits
from rapport.loyalty.services.personal_data import erase
from rapport.loyalty.services.wallet import apns, cards, google, in_messages, keys, links, noting
from rapport.loyalty.tests import wallet_keys
from rapport.loyalty.tests.conftest import give
from rapport.loyalty.tests.wallet_keys import PASS_TYPE, verified

Join = Callable[..., Account]
ISSUER = "3388000000012345678"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Path:
    return Path(tmp_path_factory.mktemp("apple"))


@pytest.fixture(scope="module")
def given(folder: Path) -> dict[str, Any]:
    certificates, key = wallet_keys.apple(folder)
    account, public = wallet_keys.google()
    return {"barcode": "qr", "apple_certificate": certificates, "apple_key": key, "google_issuer": ISSUER,
            "google_key": account, "public": public.public_key()}  # fmt: skip


@pytest.fixture
def member(join: Join, given: dict[str, Any], actor: Actor) -> Account:
    account = join(points=120, email="ada@example.org", name="Ada")
    keys.change(actor=actor, values={name: text for name, text in given.items() if name != "public"})
    return account


def address(account: Account) -> str:
    return "/loyalty/card/" + links.card_url(account, SYSTEM.now()).partition("/loyalty/card/")[2]


def fetch(client: Client, account: Account) -> dict[str, bytes]:
    """What is in the card's file."""
    answer = client.get(f"{address(account)}card.pkpass")
    assert answer["Content-Type"] == "application/vnd.apple.pkpass"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def proof(files: dict[str, bytes]) -> dict[str, str]:
    return {"authorization": f"ApplePass {json.loads(files['pass.json'])['authenticationToken']}"}


def test_a_card_for_apple_is_signed_and_says_how_many_points(
    member: Account, client: Client, folder: Path
) -> None:
    files = fetch(client, member)
    digests = json.loads(files["manifest.json"])
    assert digests == {
        name: hashlib.sha1(files[name]).hexdigest()
        for name in files
        if name not in ("manifest.json", "signature")
    }
    assert {"pass.json", "icon.png", "icon@2x.png"} <= digests.keys()
    assert verified(folder, files["signature"], files["manifest.json"])
    assert not verified(folder, files["signature"], files["manifest.json"] + b" ")
    shown = json.loads(files["pass.json"])
    member.refresh_from_db()
    assert (shown["passTypeIdentifier"], shown["teamIdentifier"]) == (PASS_TYPE, "TEAM123456")
    assert shown["barcodes"][0]["message"] == member.card_number != ""
    assert shown["storeCard"]["headerFields"][0]["value"] == 120
    assert b"120" in client.get(address(member)).content


def test_only_who_has_the_link_sees_a_card(member: Account, client: Client) -> None:
    path = address(member)
    assert client.get(path[:-5] + "AAAA/").status_code == 404
    assert client.get(f"/loyalty/card/{links.pass_token(member.pk)}/").status_code == 404
    Account.objects.filter(pk=member.pk).update(status="blocked")
    for way in ("", "card.pkpass", "google/"):
        assert client.get(f"{path}{way}").status_code == 404


def test_a_telephone_registers_asks_and_leaves(member: Account, client: Client, clock: Any) -> None:
    files = fetch(client, member)
    there = f"/loyalty/apple/v1/devices/d1/registrations/{PASS_TYPE}"
    own, headers = f"{there}/{member.pk}", proof(files)
    body = {"data": {"pushToken": "ab12"}, "content_type": "application/json"}
    assert client.post(own, **body).status_code == 401
    assert client.post(own, **body, headers={"authorization": "ApplePass x"}).status_code == 401
    assert [client.post(own, **body, headers=headers).status_code for _again in range(2)] == [201, 200]
    tag = client.get(there).json()["lastUpdated"]
    assert client.get(f"{there}?passesUpdatedSince={tag}").status_code == 204
    latest = f"/loyalty/apple/v1/passes/{PASS_TYPE}/{member.pk}"
    modified = client.get(latest, headers=headers)["Last-Modified"]
    since = {"If-Modified-Since": modified}
    assert client.get(latest, headers=headers | since).status_code == 304
    give(member, 5, clock)
    assert client.get(latest, headers=headers | since).status_code == 200
    assert client.get(f"{there}?passesUpdatedSince={tag}").json()["serialNumbers"] == [str(member.pk)]
    assert client.delete(own, headers=headers).status_code == 200
    assert client.get(there).status_code == 204
    assert (
        client.post("/loyalty/apple/v1/log", {"logs": ["x"]}, content_type="application/json").status_code
        == 200
    )


@pytest.fixture
def services(settings: Any, monkeypatch: Any, folder: Path) -> Iterator[tuple[Http2Server, Api]]:
    """Apple's and Google's, here."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    server = Http2Server()
    (folder / "trust.pem").write_text((Path(server._folder.name) / "cert.pem").read_text())
    monkeypatch.setattr(apns, "TRUST", str(folder / "trust.pem"))
    monkeypatch.setitem(hosts.HOSTS, "production", server.url)
    with api_server() as api:
        monkeypatch.setattr(google, "BASE", f"{api.url}/v1")
        monkeypatch.setattr(google, "TOKENS", f"{api.url}/token")
        yield server, api
    server.close()


def test_wallets_hear_of_changed_points(
    member: Account, client: Client, services: Any, given: dict[str, Any], clock: Any
) -> None:
    server, api = services
    files = fetch(client, member)
    saved = client.get(f"{address(member)}google/")["Location"].rpartition("/")[2]
    claims = jwt.decode(saved, given["public"], algorithms=["RS256"], audience="google")
    assert claims["payload"]["loyaltyObjects"][0]["loyaltyPoints"]["balance"] == {"int": 120}
    row = WalletPass.objects.get()
    for device, token in (("d1", "aa"), ("d2", "bb")):
        WalletDevice.objects.create(wallet_pass=row, device=device, push_token=token, created_at=clock.now())
    server.answers |= {"/3/device/aa": (200, {}, {}), "/3/device/bb": (410, {}, {"reason": "Unregistered"})}
    api.answer = lambda request: (200, {"access_token": "ya29"}) if request.path == "/token" else (200, {})
    give(member, 30, clock)
    traits.refresh(clock)
    run_once(SYSTEM, noting.JOB)
    assert [(push["headers"]["apns-topic"], push["version"]) for push in server.received] == [
        (PASS_TYPE, "2")
    ] * 2
    assert WalletDevice.objects.get().device == "d1"
    patched = next(request for request in api.requests if request.method == "PATCH")
    assert patched.path == f"/v1/loyaltyObject/{ISSUER}.{member.pk}"
    assert patched.json["loyaltyPoints"]["balance"] == {"int": 150}
    assert proof(files)["authorization"].removeprefix("ApplePass ") not in patched.body.decode()
    assert WalletPass.objects.get().due == 0


def test_googles_link_brings_the_class_along(member: Account, client: Client) -> None:
    saved = client.get(f"{address(member)}google/")["Location"].rpartition("/")[2]
    payload = jwt.decode(saved, options={"verify_signature": False})["payload"]
    assert payload["loyaltyClasses"][0]["id"] == payload["loyaltyObjects"][0]["classId"]


def test_what_fails_is_tried_again_and_said(member: Account, client: Client, services: Any) -> None:
    _server, api = services
    client.get(f"{address(member)}google/")

    def refuse(request: Request) -> tuple[int, Any]:
        return (
            (200, {"access_token": "ya29"})
            if request.path == "/token"
            else (403, {"error": "no such issuer"})
        )

    api.answer = refuse
    noting.note_all()
    run_once(SYSTEM, noting.JOB)
    assert "no such issuer" in WalletSettings.objects.get().problem
    assert WalletPass.objects.get().due


def test_a_card_or_a_wallet_that_fails_stops_no_other(
    member: Account, join: Join, client: Client, services: Any
) -> None:
    server, api = services
    other = join(email="b@example.org")
    for account in (member, other):
        client.get(f"{address(account)}google/")
        row = WalletPass.objects.get(pk=account.pk)
        WalletDevice.objects.create(wallet_pass=row, device="d", push_token="t", created_at=SYSTEM.now())

    def refuse(request: Request) -> tuple[int, Any]:
        is_fine = request.path == "/token" or str(other.pk) in request.path
        return (200, {"access_token": "ya29"}) if is_fine else (400, {"error": "no such thing"})

    api.answer = refuse
    server.answers["/3/device/t"] = (200, {}, {})
    noting.note_all()
    run_once(SYSTEM, noting.JOB)
    assert len(server.received) == 2
    assert "no such thing" in WalletSettings.objects.get().problem
    assert [row.pk for row in WalletPass.objects.filter(due__gt=0)] == [member.pk]


def test_a_card_has_one_number_however_many_ask_at_once(member: Account) -> None:
    first, second = Account.objects.get(pk=member.pk), Account.objects.get(pk=member.pk)
    assert cards.number(first, SYSTEM) == cards.number(second, SYSTEM) != ""


def test_google_forgets_whom_we_forget(member: Account, client: Client, services: Any) -> None:
    _server, api = services
    client.get(f"{address(member)}google/")
    row = WalletPass.objects.get()
    WalletDevice.objects.create(wallet_pass=row, device="d", push_token="t", created_at=SYSTEM.now())
    assert member.person_id
    erase([member.person_id])
    assert not WalletDevice.objects.exists()
    api.answer = lambda request: (200, {"access_token": "ya29"})
    run_once(SYSTEM, noting.JOB)
    patched = next(request for request in api.requests if request.method == "PATCH")
    assert (patched.json["state"], patched.json["barcode"]) == ("INACTIVE", None)
    assert "Ada" not in patched.body.decode()


def test_keys_are_checked_and_sealed(page: Any, given: dict[str, Any]) -> None:
    form = {name: text for name, text in given.items() if name != "public"}
    foreign, _public = wallet_keys.google()
    for wrong in (
        {"apple_key": json.loads(foreign)["private_key"]},
        {"google_key": "{}"},
        {"apple_certificate": "x"},
    ):
        assert page.post("/loyalty/wallet/", form | wrong).status_code == 422
    assert page.post("/loyalty/wallet/", form).status_code == 302
    assert "PRIVATE KEY" not in WalletSettings.objects.get().sealed
    assert b"PRIVATE KEY" not in page.get("/loyalty/wallet/").content
    assert page.post("/loyalty/wallet/", form | {"apple_key": "", "google_key": ""}).status_code == 302
    assert keys.apple(keys.wallet_settings()) is not None
    WalletSettings.objects.update(sealed="of another secret key")
    assert page.post("/loyalty/wallet/", form | {"apple_key": ""}).status_code == 422
    assert page.post("/loyalty/wallet/", form).status_code == 302


def test_messages_lead_to_the_card_of_their_person(member: Account, person: Any, client: Client) -> None:
    assert member.person_id
    other = person(email="b@example.org")
    theirs, nobodys = in_messages.values([Addressee(member.person_id), Addressee(other.pk)], ["loyalty"])
    assert isinstance(nobodys, TemplateError)
    assert not isinstance(theirs, Exception)
    assert client.get("/" + theirs["loyalty"].split("/", 3)[3]).status_code == 200
