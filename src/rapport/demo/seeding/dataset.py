"""The real part of the demo: a year of a gift retailer's invoices, read as orders, refunds and cancellations.

Money is in whole thousandths of a pound (the source has a few prices of a tenth of a penny), so sums are exact.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

DATA = Path(__file__).parent / "data"

# Lines that are not products. Everything else on an invoice is one.
SHIPPING = frozenset({"POST", "DOT", "C2", "C3"})
DISCOUNT = frozenset({"D"})
ADJUSTMENT = frozenset({"M", "m", "ADJUST", "ADJUST2", "B", "S", "TEST001", "TEST002"})
FEES = frozenset({"BANK CHARGES", "AMAZONFEE"})
NOT_PRODUCTS = SHIPPING | DISCOUNT | ADJUSTMENT | FEES
GUEST_LINES = 60  # longer invoices without a customer appear to be a marketplace's daily totals

# ISO 3166 codes of the source's country names; None where the source names no one country.
COUNTRIES: dict[str, str | None] = {
    "Australia": "AU", "Austria": "AT", "Bahrain": "BH", "Belgium": "BE", "Bermuda": "BM", "Brazil": "BR",
    "Canada": "CA", "Channel Islands": "JE", "Cyprus": "CY", "Denmark": "DK", "EIRE": "IE", "Finland": "FI",
    "France": "FR", "Germany": "DE", "Greece": "GR", "Hong Kong": "HK", "Iceland": "IS", "Israel": "IL",
    "Italy": "IT", "Japan": "JP", "Korea": "KR", "Lebanon": "LB", "Lithuania": "LT", "Malta": "MT",
    "Netherlands": "NL", "Nigeria": "NG", "Norway": "NO", "Poland": "PL", "Portugal": "PT", "RSA": "ZA",
    "Singapore": "SG", "Spain": "ES", "Sweden": "SE", "Switzerland": "CH", "Thailand": "TH", "USA": "US",
    "United Arab Emirates": "AE", "United Kingdom": "GB", "Unspecified": None, "West Indies": None,
}  # fmt: skip

Line = tuple[str, int, int]  # stock code, quantity, price in thousandths


@dataclass(slots=True)
class Invoice:
    """One invoice. `customer` is 0 for a guest; `at` is seconds since 2009-12-01 of the shop's clock."""

    number: str
    at: int
    customer: int
    country: str
    lines: list[Line]
    refunds: str = ""  # of a C invoice: the order it takes back, when that can be told
    whole: bool = False  # of a C invoice: it takes back all of that order's products

    @property
    def is_credit(self) -> bool:
        """Whether it gives money back; one of those numbered so charges some instead."""
        return self.number.startswith("C") and self.amount() <= 0

    @property
    def products(self) -> list[Line]:
        return [line for line in self.lines if line[0] not in NOT_PRODUCTS]

    def amount(self, codes: frozenset[str] | None = None) -> int:
        """Thousandths of a pound over the lines with these codes, or over all lines."""
        return sum(quantity * price for code, quantity, price in self.lines if codes is None or code in codes)


@dataclass
class Dataset:
    """All invoices in time order, and the products' names by stock code."""

    invoices: list[Invoice]
    names: dict[str, str]
    by_customer: dict[int, list[Invoice]] = field(default_factory=lambda: defaultdict(list))

    @cached_property
    def guests(self) -> list[Invoice]:
        """Invoices of guests that are one household's basket."""
        return [
            invoice
            for invoice in self.invoices
            if not invoice.customer
            and not invoice.is_credit
            and len(invoice.lines) <= GUEST_LINES
            and invoice.products
            and not any(code in FEES or code == "B" for code, _, _ in invoice.lines)
            and all(quantity > 0 and price > 0 for _, quantity, price in invoice.lines)
        ]

    @cached_property
    def popular(self) -> list[tuple[str, int]]:
        """Stock codes with how many orders of customers they stand in, most first."""
        counts = Counter(
            code
            for invoices in self.by_customer.values()
            for invoice in invoices
            if not invoice.is_credit
            for code in {code for code, _, price in invoice.products if price > 0}
        )
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))

    @cached_property
    def prices(self) -> dict[str, int]:
        """The price most lines of customers' orders have, by stock code (ties: the lower), in thousandths."""
        seen: dict[str, Counter[int]] = defaultdict(Counter)
        for invoices in self.by_customer.values():
            for invoice in invoices:
                for code, quantity, price in invoice.lines:
                    if quantity > 0 and price > 0:
                        seen[code][price] += 1
        return {code: min(prices, key=lambda price: (-prices[price], price)) for code, prices in seen.items()}


def load(folder: Path = DATA) -> Dataset:
    """Reads the two files beside this module (about a second)."""
    import pyarrow.parquet as pq

    columns = pq.read_table(folder / "invoices.parquet").to_pydict()
    names = {row["code"]: row["name"] or row["code"] for row in _rows(folder / "products.parquet")}
    invoices = [
        Invoice(number, at, customer, country, list(zip(codes, quantities, prices, strict=True)))
        for number, at, customer, country, codes, quantities, prices in zip(*columns.values(), strict=True)
    ]
    dataset = Dataset(invoices, names)
    for invoice in invoices:
        if invoice.customer:
            dataset.by_customer[invoice.customer].append(invoice)
    for own in dataset.by_customer.values():
        _match_credits(own)
    return dataset


def _rows(path: Path) -> list[dict[str, str]]:
    import pyarrow.parquet as pq

    rows: list[dict[str, str]] = pq.read_table(path).to_pylist()
    return rows


def _match_credits(invoices: list[Invoice]) -> None:
    """Finds, for each C invoice, the customer's earlier order that best explains it: most lines, then newest."""
    orders: list[tuple[Invoice, dict[str, int]]] = []
    for invoice in invoices:
        bought: Counter[str] = Counter()
        for code, quantity, _ in invoice.products:
            bought[code] += quantity
        if not invoice.is_credit:
            orders.append((invoice, bought))
            continue
        best, score = None, 0
        for order, basket in reversed(orders):
            matches = sum(1 for code, quantity in bought.items() if basket.get(code, 0) >= -quantity)
            if matches > score:
                best, score = order, matches
        if best is not None:
            invoice.refunds = best.number
            invoice.whole = _is_whole(best, bought)


def _is_whole(order: Invoice, returned: Counter[str]) -> bool:
    basket: Counter[str] = Counter()
    for code, quantity, _ in order.products:
        basket[code] += quantity
    return all(returned.get(code, 0) == -quantity for code, quantity in basket.items())
