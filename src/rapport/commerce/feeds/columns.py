"""What the columns of a feed of products mean, by the names that shops and Google give them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

# Fields of a row; "attribute" keeps a column under its own name, "option" tells variants apart by it.
FIELDS = {
    "variant": _("Id of the variant"), "product": _("Id of the product, shared by its variants"), "title": _("Title"),
    "description": _("Description"), "url": _("Web address"), "image": _("Image"), "images": _("Further images"),
    "alt": _("Image description"), "brand": _("Brand"), "category": _("Category"), "kind": _("Kind of row"),
    "sku": _("SKU"), "gtin": _("GTIN"), "price": _("Price"), "sale_price": _("Sale price"),
    "sale_dates": _("Time of the sale"), "currency": _("Currency"), "availability": _("Availability"),
    "available_from": _("Available from"), "quantity": _("Stock"), "place": _("Place of the stock"),
    "cost": _("Cost"), "price_list": _("Price list"), "customer_group": _("Customer group"), "option": _("Option"),
    "related:accessory": _("Accessories"), "related:similar": _("Similar products"), "related:upgrade": _("Upgrades"),
    "related:replacement": _("Replacements"), "related:variant": _("Other versions"),
    "related:bundle": _("Parts of the bundle"),
    "attribute": _("Attribute"), "ignore": _("Leave out"),
}  # fmt: skip
NAMES = {
    "variant": "id variant_id variant_external_id offer_id item_id artikel_id artikelnummer product_id stockcode",
    "product": "item_group_id parent_id parent group_id handle product_handle product_external_id parent_sku",
    "title": "title name product_name product_title produktname titel bezeichnung artikelbezeichnung",
    "description": "description beschreibung body_html body_(html) product_description summary",
    "url": "link url product_url produktlink produkt_url permalink",
    "image": "image_link image image_url image_src bild bild_url bildlink product_image",
    "images": "additional_image_link additional_image_links images bilder",
    "alt": "image_alt image_alt_text alt_text",
    "brand": "brand marke manufacturer hersteller vendor",
    "category": "product_type category categories kategorie product_category google_product_category",
    "kind": "type typ", "sku": "sku mpn variant_sku product_sku artnr",
    "gtin": "gtin ean upc isbn barcode variant_barcode",
    "price": "price regular_price preis variant_price list_price unit_price unitprice verkaufspreis",
    "sale_price": "sale_price aktionspreis sonderpreis special_price angebotspreis",
    "sale_dates": "sale_price_effective_date", "currency": "currency waehrung währung currency_code",
    "availability": "availability in_stock in_stock? verfügbarkeit verfuegbarkeit lieferbarkeit",
    "available_from": "availability_date",
    "quantity": "quantity stock qty inventory variant_inventory_qty lagerbestand bestand sell_on_google_quantity",
    "place": "store_code location warehouse lager",
    "cost": "cost cost_of_goods_sold einkaufspreis cost_per_item purchase_price",
    "option": "size color colour material pattern größe groesse farbe age_group gender",
    "related:accessory": "accessories accessory zubehör zubehoer cross_sells crosssell_skus cross_sell_skus"
    " cross_sell_ids",
    "related:similar": "related_products related_skus related_ids similar_products ähnliche_produkte",
    "related:upgrade": "upsells upsell_skus upsell_ids upgrades",
    "related:replacement": "replacement replacements replaced_by nachfolger ersatzartikel",
    "related:variant": "other_versions", "related:bundle": "grouped_products bundle_items bundle_skus",
    "price_list": "price_list preisliste", "customer_group": "customer_group kundengruppe",
}  # fmt: skip
_BY_NAME = {name: field for field, names in NAMES.items() for name in names.split()}
_MANY = {"option", "attribute", "ignore", "images"}
# Of two columns for one field the better one: Google's own taxonomy is not the shop's.
_WEAK = {"google_product_category", "mpn", "product_id", "manufacturer"}


def plain(header: str) -> str:
    """A column's name in one spelling: “g:Sale Price” and `sale_price` are the same."""
    return re.sub(r"[\s:_-]+", "_", header.strip().lower().removeprefix("g:")).strip("_")


def suggested(headers: Iterable[str]) -> dict[str, str]:
    """{column: field} for the columns of a file; what nobody knows is kept as an attribute."""
    mapping: dict[str, str] = {}
    taken: dict[str, str] = {}
    for header in headers:
        name = plain(header)
        field = _BY_NAME.get(name, "ignore" if "." in name else "attribute")
        if field not in _MANY and field in taken:
            if plain(taken[field]) in _WEAK and name not in _WEAK:
                mapping[taken[field]] = "attribute"
            else:
                field = "attribute"
        if field not in _MANY:
            taken[field] = header
        mapping[header] = field
    if "variant" not in taken and (stand_in := taken.get("sku")):
        mapping[stand_in] = "variant"
    return mapping
