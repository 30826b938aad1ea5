"""What is sold: catalogues, categories, products and their variants."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from rapport.core.money import amount_field, currency_field

MAIN_STORE = "main"  # where nobody names one


class Catalogue(models.Model):
    """The products of one store: external ids are unique in it. `store` is what orders and carts call it, too.
    `language` and `currency` are meant where a row says none; `low_stock_at` is from how many pieces on a variant runs
    low. `filled_at` is when it was first filled: what comes later is new to customers too.
    """

    store = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=12, default="en")
    currency = currency_field(default="GBP")
    low_stock_at = models.IntegerField(default=5)
    filled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A category: `path` is its name below those of its parents, as feeds write it: “Home > Kitchen > Pans”."""

    catalogue = models.ForeignKey(
        Catalogue, on_delete=models.CASCADE, related_name="categories", db_index=False
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=1000)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["catalogue", "path"], name="commerce_category_path_unique")
        ]

    def __str__(self) -> str:
        return self.path


class Product(models.Model):
    """What customers look at; what they buy is one of its variants, of which there is always one.

    `images` are [{"url", "alt"}], the first being the main one; `attributes` typed JSON; `texts` the title,
    description and url in further languages: {"de": {"title": …}}. `search` is written with every change of these.
    """

    class Type(models.TextChoices):
        PHYSICAL = "physical", _("Goods")
        DIGITAL = "digital", _("Digital")
        SERVICE = "service", _("Service")
        BUNDLE = "bundle", _("Bundle")
        GIFT_CARD = "gift_card", _("Gift card")

    class Status(models.TextChoices):
        ACTIVE = "active", _("On sale")
        DRAFT = "draft", _("Draft")
        GONE = "gone", _("Gone")

    id = models.BigAutoField(primary_key=True)
    catalogue = models.ForeignKey(
        Catalogue, on_delete=models.CASCADE, related_name="products", db_index=False
    )
    external_id = models.CharField(max_length=200)
    title = models.CharField(max_length=500, blank=True, db_default="")
    description = models.TextField(blank=True, db_default="")
    url = models.CharField(max_length=2000, blank=True, db_default="")
    brand = models.CharField(max_length=200, blank=True, db_default="")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.SET_NULL)
    type = models.CharField(max_length=10, choices=Type, db_default=Type.PHYSICAL)
    status = models.CharField(max_length=8, choices=Status, db_default=Status.ACTIVE)
    images = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    attributes = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    texts = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    search = SearchVectorField(null=True, editable=False)
    added_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["catalogue", "external_id"], name="commerce_product_external")
        ]
        indexes = [
            GinIndex(fields=["search"], name="commerce_product_search"),
            models.Index(fields=["-changed_at", "id"], name="commerce_product_changed"),
            models.Index(fields=["title", "id"], name="commerce_product_title"),
        ]

    def __str__(self) -> str:
        return self.title or self.external_id

    @property
    def image(self) -> dict[str, str] | None:
        """The main image."""
        return self.images[0] if self.images else None


class Variant(models.Model):
    """What is bought: one size, colour or pack of a product. Orders, prices and stock refer to variants.

    `options` tell it from its siblings: {"size": "M"}. `cost` is what it costs the business.
    """

    id = models.BigAutoField(primary_key=True)
    catalogue = models.ForeignKey(Catalogue, on_delete=models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    external_id = models.CharField(max_length=200)
    sku = models.CharField(max_length=200, blank=True, db_default="")
    gtin = models.CharField(max_length=14, blank=True, db_default="")
    label = models.CharField(max_length=200, blank=True, db_default="")
    options = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    image = models.CharField(max_length=2000, blank=True, db_default="")
    status = models.CharField(max_length=8, choices=Product.Status, db_default=Product.Status.ACTIVE)
    cost = amount_field(null=True, blank=True)
    cost_currency = currency_field(blank=True, db_default="")
    low_stock_at = models.IntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["catalogue", "external_id"], name="commerce_variant_external")
        ]
        indexes = [
            models.Index(fields=["sku"], name="commerce_variant_sku", condition=~models.Q(sku="")),
            models.Index(fields=["gtin"], name="commerce_variant_gtin", condition=~models.Q(gtin="")),
        ]

    def __str__(self) -> str:
        return self.label or self.sku or self.external_id


class ProductRelation(models.Model):
    """A product goes with another, which is named as the shop does: it may not be there yet."""

    class Kind(models.TextChoices):
        ACCESSORY = "accessory", _("Accessory")
        SIMILAR = "similar", _("Similar")
        BUNDLE = "bundle", _("Part of the bundle")
        UPGRADE = "upgrade", _("Upgrade")
        REPLACEMENT = "replacement", _("Replacement")
        VARIANT = "variant", _("Other version")

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="relations")
    other_ref = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind)
    position = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "kind", "other_ref"], name="commerce_relation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.kind} {self.other_ref}"


class SearchWord(models.Model):
    """A word that some product has: what was mistyped is looked for among these."""

    word = models.CharField(max_length=40, primary_key=True)

    class Meta:
        indexes = [GinIndex(fields=["word"], name="commerce_word_alike", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.word
