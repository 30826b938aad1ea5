"""What the demo shop sells: the 64 products that stand in most of the retailer's orders, at their usual price.

    python -m rapport.demo.seeding.catalogue

writes `data/catalogue.json` from the data files; the shop reads only that.
"""

from __future__ import annotations

import zlib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import msgspec

from rapport.demo.seeding import dataset as data
from rapport.demo.seeding.render import pounds, shown

FILE = Path(__file__).parent / "data" / "catalogue.json"
SIZE = 64
CATEGORIES = {
    "lights": "Candles and lights",
    "kitchen": "Kitchen and table",
    "bags": "Bags",
    "paper": "Paper and party",
    "home": "For the home",
}
# The first word found in the name decides: (category, picture).
_WORDS: tuple[tuple[str, str, str], ...] = (
    ("t-light", "lights", "lantern"), ("candle", "lights", "lantern"), ("night light", "lights", "lantern"),
    ("cakestand", "kitchen", "cakestand"), ("cake stand", "kitchen", "cakestand"),
    ("cake cases", "kitchen", "cupcake"), ("popcorn", "kitchen", "bag"), ("baking", "kitchen", "bowl"),
    ("bowl", "kitchen", "bowl"), ("tea set", "kitchen", "teapot"), ("teapot", "kitchen", "teapot"),
    ("milk jug", "kitchen", "jug"), ("tea glass", "kitchen", "jug"), ("napkin", "kitchen", "napkin"),
    ("doilies", "kitchen", "napkin"), ("apron", "kitchen", "apron"), ("cutlery", "kitchen", "cutlery"),
    ("lunch bag", "bags", "lunchbag"), ("bag", "bags", "bag"), ("shopper", "bags", "bag"),
    ("bunting", "paper", "bunting"), ("paper chain", "paper", "bunting"), ("cards", "paper", "card"),
    ("card holder", "home", "heart"), ("tags", "paper", "tag"), ("ribbon", "paper", "tag"),
    ("feltcraft", "paper", "flower"), ("plasters", "paper", "tin"), ("hot water bottle", "home", "bottle"),
    ("hottie", "home", "bottle"), ("mat", "home", "mat"), ("sign", "home", "sign"), ("frame", "home", "frame"),
    ("trinket", "home", "box"), ("bird", "home", "bird"), ("block word", "home", "block"), ("heart", "home", "heart"),
    ("cabinet", "home", "box"),
)  # fmt: skip
_TINTS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("pink", "rose", "sweetheart", "love"), 5), (("blue", "cars", "spaceboy", "union"), 3),
    (("skull", "black", "baroque", "purple"), 2), (("wood", "bird", "flower", "scandinavian"), 1),
    (("white", "cream", "antique", "wicker", "vintage"), 4), (("red", "spot", "strawberry", "tea"), 0),
)  # fmt: skip


class Product(msgspec.Struct, frozen=True):
    """One product. `price` is an exact decimal of pounds; `orders` says how many real orders it stands in."""

    code: str
    name: str
    price: Decimal
    category: str
    picture: str
    orders: int

    @property
    def tint(self) -> int:
        """Which of the six palettes of `pictures` it wears: what its name says, or any."""
        name = self.name.lower()
        named = (tint for words, tint in _TINTS if any(word in name for word in words))
        return next(named, sum(self.code.encode()) % 6)


def make() -> list[Product]:
    """The catalogue, most bought first."""
    dataset = data.load()
    products = []
    for code, orders in dataset.popular[:SIZE]:
        name = shown(dataset.names[code])
        price = Decimal(pounds(dataset.prices[code])).quantize(Decimal("0.01"))
        category, picture = next(
            ((category, picture) for word, category, picture in _WORDS if word in name.lower()),
            ("home", "box"),
        )
        products.append(Product(code, name, price, category, picture, orders))
    return products


@lru_cache(maxsize=1)
def products() -> dict[str, Product]:
    """What is for sale, by stock code, most bought first."""
    return {product.code: product for product in msgspec.json.decode(FILE.read_bytes(), type=list[Product])}


def first_stock(code: str) -> int:
    """How many of a product the shop opens with; some are sold out."""
    return zlib.crc32(code.encode()) % 60


def category(key: str) -> list[Product]:
    return [product for product in products().values() if product.category == key]


if __name__ == "__main__":
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(make()), indent=1) + b"\n")
