"""What goes with a product: kept by what the shop calls the other, which may come later in the file, or never."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rapport.commerce.models import ProductRelation
from rapport.commerce.services.items import Item
from rapport.core import sql

MOST = 100
STAGE = "n int, product text, kind text, other text, place int"
# A kind that is named holds what it names now, and nothing else.
GONE = """
    DELETE FROM commerce_productrelation r USING commerce_product p
    WHERE p.catalogue_id = %b AND p.id = r.product_id
      AND EXISTS (SELECT FROM stage_relation s WHERE s.product = p.external_id AND s.kind = r.kind)
      AND NOT EXISTS (
        SELECT FROM stage_relation s WHERE s.product = p.external_id AND s.kind = r.kind AND s.other = r.other_ref)
    RETURNING 1
"""
PUT = """
    INSERT INTO commerce_productrelation AS r (product_id, kind, other_ref, position)
    SELECT DISTINCT ON (p.id, s.kind, s.other) p.id, s.kind, s.other, s.place
    FROM stage_relation s JOIN commerce_product p ON p.catalogue_id = %b AND p.external_id = s.product
    WHERE s.other NOT IN ('', p.external_id) ORDER BY p.id, s.kind, s.other, s.n
    ON CONFLICT (product_id, kind, other_ref) DO UPDATE SET position = excluded.position
    WHERE r.position <> excluded.position RETURNING 1
"""


def checked(relations: dict[str, list[str]]) -> dict[str, list[str]]:
    """Each other once, in the order given. Raises ValidationError."""
    kinds = ProductRelation.Kind.values
    if unknown := relations.keys() - set(kinds):
        words = _("There is no field “%(name)s”.") % {"name": sorted(unknown)[0][:60]}
        raise ValidationError({"relations": words})
    named = {
        kind: list(dict.fromkeys(ref for other in others if (ref := other.replace("\0", "").strip())))
        for kind, others in relations.items()
    }
    if any(len(others) > MOST or any(len(other) > 200 for other in others) for others in named.values()):
        raise ValidationError({"relations": _("At most %(n)d of a kind.") % {"n": MOST}})
    return named


def staged(items: Sequence[Item]) -> list[tuple[int, str, str, str, int]]:
    """Rows for `stage_relation`; a kind without any has one that names none."""
    return [
        (n, item.product, kind, other, place)
        for n, item in enumerate(items)
        for kind, others in (item.relations or {}).items()
        for place, other in enumerate(others or [""])
    ]


def write(catalogue_id: int) -> int:
    """Takes what is staged, in the caller's transaction; returns how many came or went."""
    return len(sql.run(GONE, [catalogue_id])) + len(sql.run(PUT, [catalogue_id]))
