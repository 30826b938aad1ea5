"""Gift cards over the API, on their pages, and for whoever holds one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from rapport.core.access import Actor
from rapport.promotions.models import GiftCard
from rapport.promotions.services.gift_cards import cards

Api = Callable[..., tuple[int, Any]]


def test_a_shop_sells_a_card_and_takes_it(api: Api, live: Any) -> None:
    live.ingest([{"type": "identify", "userId": "u1", "traits": {"email": "ada@example.org"}}])
    body = {"amount": "50", "currency": "gbp", "person": {"user_id": "u1"}, "key": "o-1"}
    status, card = api("POST", "/gift-cards", body)
    assert (status, api("POST", "/gift-cards", body)[1]["code"]) == (201, card["code"])
    assert api("POST", "/gift-cards", body | {"amount": "60"})[0] == 409
    path = f"/gift-cards/{card['code'].lower()}"
    assert api("GET", path)[1]["balance"] == "50.0000"
    payment = {"amount": "20", "currency": "GBP", "order_id": "A-1"}
    paid = [api("POST", f"{path}/redemption", payment) for _ in range(2)]
    assert [(status, row["id"], row["balance"]) for status, row in paid] == [
        (201, paid[0][1]["id"], "30.0000")
    ] * 2
    assert (
        api("POST", f"{path}/redemption", payment | {"currency": "EUR", "order_id": "B"})[1]["reason"]
        == "card_currency"
    )
    assert api("POST", f"{path}/refund", {"order_id": "A-1"})[1]["balance"] == "50.0000"
    other = api("POST", "/gift-cards", {"amount": "1", "currency": "GBP"})[1]
    assert api("POST", f"{path}/transfer", {"to": other["code"]})[1]["amount"] == "-50.0000"
    kinds = [row["kind"] for row in api("GET", f"/gift-cards/{card['id']}/entries")[1]["data"]]
    assert kinds == ["transfer", "refund", "redeem", "issue"]
    (owed,) = api("GET", "/gift-cards/liability")[1]
    assert (owed["cards"], owed["balance"], owed["sums"]["issue"]) == (1, "51.0000", "51.0000")
    assert len(api("GET", f"/gift-cards?person={card['person_id']}")[1]["data"]) == 1


def test_guessing_ends_after_ten_wrong_codes(api: Api, client: Any) -> None:
    code = api("POST", "/gift-cards", {"amount": "50", "currency": "GBP"})[1]["code"]
    answers = [api("GET", f"/gift-cards/WRONGWRONG{number}?client=x")[0] for number in range(12)]
    assert answers == [409] * 10 + [429] * 2
    assert (api("GET", f"/gift-cards/{code}?client=x")[0], api("GET", f"/gift-cards/{code}?client=y")[0]) == (
        429,
        200,
    )
    shown = client.post("/gift-card/", {"code": code})
    assert (shown.status_code, "£50.00" in shown.content.decode(), code in shown.content.decode()) == (
        200,
        True,
        False,
    )
    wrong = [
        client.post("/gift-card/", {"code": f"WRONG-WRONG-{number}"}).status_code for number in range(11)
    ]
    assert wrong == [422] * 10 + [429]
    assert client.post("/gift-card/", {"code": code}).status_code == 429


def test_a_card_from_its_form_to_its_correction(page: Any, somebody: Callable[..., Any]) -> None:
    given = {"amount": "50", "currency": "GBP", "channel": "email", "key": "form"}
    assert page.post("/gift-cards/new/", given | {"person": "nobody@example.org"}).status_code == 422
    for _twice in range(2):
        page.post("/gift-cards/new/", given)
    card = GiftCard.objects.get()
    address = f"/gift-cards/{card.pk}/"
    adjust = {"do": "adjust", "amount": "-60", "note": "wrong", "key": "k"}
    refused = page.post(address, adjust)
    assert (refused.status_code, "only 50.00" in refused.content.decode()) == (422, True)
    for _twice in range(2):
        assert page.post(address, adjust | {"amount": "-10"}).status_code == 302
    page.post(address, {"do": "replace"})
    page.post(address, {"do": "unblock"})
    for _twice in range(2):
        page.post(address, {"do": "block"})
    assert sorted(GiftCard.objects.values_list("balance", "blocked")) == [
        (Decimal(0), True),
        (Decimal(40), False),
    ]
    assert page.post("/gift-cards/rules/", {"products": "GIFT", "country": "de"}).status_code == 302
    shown = [page.get(path) for path in ("/gift-cards/", address, "/gift-cards/rules/", "/gift-card/")]
    assert [answer.status_code for answer in shown] == [200] * 4
    assert "£40.00" in shown[2].content.decode()


def test_a_profile_shows_the_cards_of_its_person(
    page: Any, somebody: Callable[..., Any], actor: Actor
) -> None:
    ada = somebody("Ada")
    card = cards.issue(actor=actor, wanted=cards.Order(amount=Decimal(30), currency="GBP", person_id=ada.pk))
    cards.issue(actor=actor, wanted=cards.Order(amount=Decimal(99), currency="GBP"))
    shown = page.get(f"/people/{ada.pk}/coupons/").content.decode()
    assert (str(card) in shown, "£30.00" in shown, "£99.00" in shown) == (True, True, False)
