"""What the columns of files of orders mean, by the names that shops, marketplaces and tills give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

# Fields by what their cells are. Of those of an order the first cell of its rows that holds something counts.
MONEY = {
    "price": _("Price of a piece"), "amount": _("Amount of the row"), "line_discount": _("Discount of the row"),
    "line_tax": _("Tax of the row"), "line_shipping": _("Shipping of the row"), "total": _("Total of the order"),
    "discount": _("Discount of the order"), "shipping": _("Shipping of the order"), "tax": _("Tax of the order"),
    "refunded": _("Refunded of the order"),
}  # fmt: skip
TIMES = {
    "date": _("Date of the order"), "cancelled_at": _("Cancelled on"), "shipped_at": _("Sent on"),
}  # fmt: skip
WHO = {
    "user_id": _("Customer's user id"), "email": _("Customer's email"), "phone": _("Customer's phone"),
    "card_number": _("Loyalty card"), "crm_id": _("Customer's CRM id"),
}  # fmt: skip
# Traits of whoever ordered. Parts of an address make one.
CUSTOMER = {
    "customer_name": _("Customer's name"), "first_name": _("Customer's first name"),
    "last_name": _("Customer's last name"),
}  # fmt: skip
ADDRESS = {
    "street": _("Street"), "house_number": _("House number"), "line2": _("Second line of the address"),
    "postal_code": _("Postcode"), "city": _("City"), "state": _("Region"), "customer_country": _("Customer's country"),
}  # fmt: skip
OF_ORDER = {
    "store": _("Shop"), "till": _("Till"), "currency": _("Currency"), "status": _("State of the order"),
    "coupon": _("Coupon"), "method": _("Payment method"), "country": _("Country"), "channel": _("Sales channel"),
    "of": _("Number of the order that comes back"),
}  # fmt: skip
OF_LINE = {
    "product": _("Product id"), "sku": _("SKU"), "variant": _("Variant"), "name": _("Name of the product"),
    "category": _("Category"), "brand": _("Brand"),
}  # fmt: skip
FIELDS = {
    "number": _("Number of the order or receipt"), **TIMES, "time": _("Time of the day"), **WHO, **CUSTOMER, **ADDRESS,
    **OF_LINE, "quantity": _("Quantity"), **MONEY, **OF_ORDER, "ignore": _("Leave out"),
}  # fmt: skip
# Phone and names are the buyer's only: a parcel's may be anybody's, and a phone makes two customers one.
NAMES = {
    "number": "invoiceno invoice invoice_no invoice_number order_id order_number order_no order amazon_order_id"
    " receipt receipt_no receipt_number bon bonnummer bon_nr belegnummer rechnungsnummer bestellnummer"
    " auftragsnummer transaction_id transaction basket_id bestellnr bestell_nr auftragsnr auftrags_nr rechnungsnr"
    " rechnungs_nr belegnr beleg_nr order_nr ordernr orderno",
    "date": "invoicedate invoice_date order_date date purchase_date created_at ordered_at placed_at datum bestelldatum"
    " rechnungsdatum bondatum transaction_date timestamp day",
    "time": "time uhrzeit zeit transaction_time trans_time",
    "cancelled_at": "cancelled_at canceled_at", "shipped_at": "fulfilled_at shipped_at ship_date",
    "user_id": "customerid customer_id customer_user_id customer kundennummer kundennr user_id household_key",
    "email": "email email_billing billing_email buyer_email customer_email e_mail e_mail_rechnung kunden_email"
    " kundenemail kunde_email e_mail_adresse email_address",
    "phone": "phone_billing billing_phone customer_phone buyer_phone_number telefon telefonnummer mobil handy"
    " phone_number telephone",
    "card_number": "card_number loyalty_card card kundenkarte kartennummer club_card loyalty_card_number",
    "crm_id": "crm_id",
    "customer_name": "billing_name customer_name buyer_name full_name kundenname kunde rechnungsname besteller"
    " name_billing",
    "first_name": "first_name billing_first_name first_name_billing customer_first_name vorname vorname_rechnung",
    "last_name": "last_name billing_last_name last_name_billing customer_last_name surname nachname familienname"
    " nachname_rechnung",
    "street": "street billing_address1 billing_address_1 address_1_billing address_1&2_billing billing_street address"
    " address_1 address1 street_address strasse straße strasse_rechnung anschrift shipping_address1 shipping_address_1"
    " address_1_shipping address_1&2_shipping shipping_street ship_address_1",
    "house_number": "house_number house_no hausnummer hausnr",
    "line2": "billing_address2 billing_address_2 address_2_billing address_2 address2 adresszusatz shipping_address2"
    " shipping_address_2 address_2_shipping ship_address_2",
    "postal_code": "postcode postal_code zip zip_code billing_zip billing_postcode postcode_billing plz postleitzahl"
    " shipping_zip shipping_postcode postcode_shipping ship_postal_code",
    "city": "city town billing_city city_billing ort stadt wohnort shipping_city city_shipping ship_city",
    "state": "billing_province billing_state state_code_billing state_billing province region bundesland"
    " shipping_province shipping_state state_code_shipping ship_state",
    "customer_country": "billing_country country_code_billing country_billing customer_country kundenland",
    "product": "stockcode stock_code product_id item_# product article artikel artikelnummer article_number asin plu",
    "sku": "sku lineitem_sku seller_sku item_sku ean gtin", "variant": "variant variant_id variation_id",
    "name": "description lineitem_name item_name product_name title bezeichnung artikelbezeichnung artikelname",
    "category": "category warengruppe product_category", "brand": "brand vendor marke",
    "quantity": "quantity lineitem_quantity qty quantity_purchased menge anzahl quantity_refund pieces stück",
    "price": "unitprice unit_price price lineitem_price item_cost einzelpreis stückpreis preis",
    "amount": "amount line_total sales_value item_price order_line_total betrag umsatz positionsbetrag item_total",
    "line_discount": "lineitem_discount item_promotion_discount line_discount rabatt",
    "line_tax": "item_tax line_tax order_line_tax", "line_shipping": "shipping_price",
    "total": "total order_total order_total_amount gesamtbetrag summe grand_total",
    "discount": "discount_amount cart_discount_amount order_discount total_discount",
    "shipping": "shipping order_shipping_amount shipping_cost versandkosten",
    "tax": "taxes order_total_tax_amount total_tax tax", "refunded": "refunded_amount order_refund_amount",
    "store": "store store_id shop filiale filialnummer branch", "till": "till till_id register kasse kassennummer pos",
    "currency": "currency currency_code waehrung währung",
    "status": "financial_status order_status status bestellstatus",
    "coupon": "discount_code coupon_code coupon gutscheincode", "method": "payment_method payment_method_title zahlart",
    "country": "country shipping_country ship_country country_code_shipping land",
    "channel": "source sales_channel kanal", "of": "original_order original_invoice original_receipt storno_zu",
}  # fmt: skip
_BY_NAME = {name: field for field, names in NAMES.items() for name in names.split()}
# Of two columns for one field the better one.
_WEAK = {"customer", "order", "transaction", "product", "total_discount", "day", "discount_amount"}
# An address of whoever pays goes before the one of a parcel; Shopify's street is said once more in one line.
_WEAK |= {name for name in _BY_NAME if "shipping" in name or name.startswith("ship_")} | {"billing_street"}


def plain(header: str) -> str:
    """A column's name in one spelling: “Lineitem Price”, `lineitem-price`, “Email (Billing)”."""
    return re.sub(r"[\s:_()./-]+", "_", header.strip().lower()).strip("_")


def suggested(headers: Iterable[str]) -> dict[str, str]:
    """{column: field}; what nobody knows is left out."""
    headers = list(headers)
    names = {plain(header): header for header in headers}
    mapping: dict[str, str] = {}
    taken: dict[str, str] = {}
    # Shopify's export calls the order's number "Name".
    extra = {"name": "number", "phone": "phone"} if "lineitem_name" in names else {}
    if names.keys() & {"vorname", "first_name"}:
        extra = {"name": "last_name"} | extra
    for header in headers:
        field = extra.get(plain(header)) or _BY_NAME.get(plain(header), "ignore")
        if field != "ignore" and field in taken:
            if plain(taken[field]) in _WEAK and plain(header) not in _WEAK:
                mapping[taken[field]] = "ignore"
            else:
                field = "ignore"
        if field != "ignore":
            taken[field] = header
        mapping[header] = field
    return _by_rows(mapping)


def _by_rows(mapping: dict[str, str]) -> dict[str, str]:
    """Where nothing says what a piece is, a file has an order a row: its amount is the order's."""
    fields = set(mapping.values())
    if not fields & {*OF_LINE, "price"} and "amount" in fields and "total" not in fields:
        return {column: "total" if field == "amount" else field for column, field in mapping.items()}
    return mapping


def missing(mapping: Mapping[str, str]) -> list[str]:
    """Which fields no file can do without; the rest of them is there."""
    fields = set(mapping.values())
    wanted = [] if "date" in fields else ["date"]
    return wanted if fields & {"price", "amount", "total"} else [*wanted, "price"]
