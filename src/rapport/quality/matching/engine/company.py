"""The company model: names without legal forms, domain, address, place, phone."""

from __future__ import annotations

from rapport.quality.matching.engine.spec import Comparison, Key, Level, Model

_NAME = Comparison(
    "name",
    ("name",),
    (
        Level("same", "name_l = name_r", 0.55, 0.0001, "name"),
        Level("same_words", "name_sorted_l = name_sorted_r", 0.05, 0.0001, "name_sorted"),
        Level("like", "jaro_winkler_similarity(name_l, name_r) >= 0.92", 0.1, 0.0005),
        Level(
            "contained",
            "len(list_intersect(tokens_l, tokens_r)) = least(len(tokens_l), len(tokens_r)) AND len(tokens_l) > 0"
            " AND len(tokens_r) > 0",
            0.12,
            0.001,
            "first_word",
        ),
        Level(
            "most_words",
            "2 * len(list_intersect(tokens_l, tokens_r)) >= greatest(len(tokens_l), len(tokens_r))",
            0.06,
            0.003,
        ),
        Level("first_word", "first_word_l = first_word_r", 0.05, 0.005, "first_word"),
        Level("somewhat", "jaro_winkler_similarity(name_l, name_r) >= 0.8", 0.04, 0.01),
    ),
    # Firms in one building share switchboard and street: a wholly different name speaks against them, and what
    # blocks of equal phones and streets teach about it is not believed.
    else_m=0.01,
    else_u=0.98,
    else_fixed=True,
)
_DOMAIN = Comparison(
    "domain",
    ("domain",),
    (
        Level("same", "domain_l = domain_r", 0.8, 0.0001, "domain"),
        Level("same_stem", "split_part(domain_l, '.', 1) = split_part(domain_r, '.', 1)", 0.08, 0.0002),
    ),
    else_m=0.12,
    else_u=0.9997,
)
_PHONE = Comparison(
    "phone",
    ("phone",),
    (
        Level("same", "phone_l = phone_r", 0.7, 0.0001, "phone"),
        Level("same_ending", "right(phone_l, 8) = right(phone_r, 8)", 0.05, 0.0001),
        Level("one_slip", "one_slip(phone_l, phone_r)", 0.05, 0.0005),
    ),
    # A firm has many numbers; two different ones say little.
    else_m=0.2,
    else_u=0.999,
    else_fixed=True,
)
# Street, town and country together: two firms in one building share both, which is one piece of evidence.
_LOCATION = Comparison(
    "location",
    ("address", "postcode", "city", "country"),
    (
        # The same words in another order are the same street: "12 High St" and "High St 12".
        Level(
            "same",
            "address_sorted_l = address_sorted_r AND (city_l = city_r OR postcode_l = postcode_r)",
            0.35,
            0.0003,
        ),
        Level(
            "like",
            "house_l = house_r AND jaro_winkler_similarity(address_l, address_r) >= 0.88"
            " AND (jaro_winkler_similarity(city_l, city_r) >= 0.88 OR postcode_l = postcode_r)",
            0.2,
            0.0005,
        ),
        Level(
            "address",
            "jaro_winkler_similarity(address_l, address_r) >= 0.9"
            " OR jaro_winkler_similarity(address_sorted_l, address_sorted_r) >= 0.93",
            0.1,
            0.002,
        ),
        Level("house_and_city", "house_l = house_r AND house_l <> '' AND city_l = city_r", 0.05, 0.0005),
        Level("postcode", "postcode_l = postcode_r", 0.1, 0.002, "postcode"),
        Level("city", "city_l = city_r", 0.1, 0.05, "city"),
        Level(
            "city_like",
            "jaro_winkler_similarity(city_l, city_r) >= 0.88 OR starts_with(city_l, city_r)"
            " OR starts_with(city_r, city_l)",
            0.05,
            0.02,
        ),
        Level("country", "country_l = country_r", 0.05, 0.3, "country"),
    ),
    else_m=0.03,
    else_u=0.63,
)
_TAX = Comparison(
    "tax_number",
    ("tax_id",),
    (Level("same", "tax_id_l = tax_id_r", 0.95, 0.00001, "tax_id"),),
    else_m=0.05,
    else_u=0.9999,
)

COMPANY = Model(
    kind="company",
    comparisons=(_NAME, _DOMAIN, _PHONE, _LOCATION, _TAX),
    keys={
        "name": Key("name_sorted"),
        "domain": Key("domain"),
        "phone": Key("right(phone, 9)"),
        "tax_number": Key("tax_id"),
        "address": Key("address"),
        "word_city": Key("first_word || ' ' || city"),
        "word_postcode": Key("first_word || ' ' || postcode"),
        "start_house": Key("left(name, 4) || ' ' || nullif(house, '')"),
        "house_city": Key("nullif(house, '') || ' ' || city || ' ' || split_part(address, ' ', 2)"),
    },
    sure=(
        ("name_sorted", "phone"),
        ("name_sorted", "city"),
        ("domain", "name_sorted"),
        ("tax_id",),
        ("phone", "address"),
    ),
    contradictions=("tax_id_l <> tax_id_r",),
)
