"""The person model: what is compared, on which levels, and what is looked at together.

One configuration for all data. `m` and `u` are what an untrained model starts from: how often two records
of the same person, and of two persons, fall on the level.
"""

from __future__ import annotations

from rapport.quality.matching.engine.contradictions import CONTRADICTIONS, LIKE_GIVEN, SAME_GIVEN
from rapport.quality.matching.engine.spec import Comparison, Key, Level, Model

# How often at most the same person goes by another first name, birthday or number.
_RARELY = 0.1
_HOME = "address_l = address_r OR phone_l = phone_r OR postcode_l = postcode_r OR email_l = email_r"
_NAME = Comparison(
    "name",
    ("full_name",),
    (
        Level("same", "full_name_l = full_name_r AND name_key_l = name_key_r", 0.5, 0.0002, "name_key"),
        Level("same_or_short", f"surname_l = surname_r AND {SAME_GIVEN}", 0.12, 0.0002, "name_key"),
        Level("swapped", "given_l = surname_r AND surname_l = given_r", 0.01, 0.00001),
        Level(
            "surname_and_like",
            f"surname_l = surname_r AND ({LIKE_GIVEN}"
            " OR (least(length(given_l), length(given_r)) = 1 AND given_l[1] = given_r[1]))",
            0.1,
            0.0004,
            "surname",
        ),
        Level(
            "given_and_like",
            "given_c_l = given_c_r AND jaro_winkler_similarity(surname_l, surname_r) >= 0.85",
            0.1,
            0.0004,
            "given_c",
        ),
        Level(
            "both_like",
            "jaro_winkler_similarity(given_c_l, given_c_r) >= 0.85"
            " AND jaro_winkler_similarity(surname_l, surname_r) >= 0.85",
            0.04,
            0.0004,
        ),
        Level(
            "part",
            "least(len(tokens_l), len(tokens_r)) >= 1 AND len(list_intersect(tokens_l, tokens_r)) >= 2",
            0.03,
            0.0005,
        ),
        # Who lives together or shares a phone shares the surname: the home has counted for both.
        Level("relative", f"surname_l = surname_r AND ({_HOME})", 0.01, 0.5, fixed=True),
        Level("surname", "surname_l = surname_r", 0.04, 0.004, "surname", most=_RARELY),
        Level("given", "given_c_l = given_c_r", 0.04, 0.01, "given_c"),
        Level("one_word", "len(list_intersect(tokens_l, tokens_r)) >= 1", 0.02, 0.005, most=_RARELY),
    ),
    else_m=0.02,
    else_u=0.97,
    else_most=_RARELY,
)
_BIRTHDAY = Comparison(
    "birth",
    ("dob",),
    (
        Level("same", "dob_l = dob_r", 0.85, 0.0001, "dob"),
        Level("one_slip", "one_slip(day_l, day_r)", 0.07, 0.001),
        Level(
            "day_month_swapped",
            "dob_l[1:4] = dob_r[1:4] AND dob_l[6:7] = dob_r[9:10] AND dob_l[9:10] = dob_r[6:7]",
            0.01,
            0.0002,
        ),
        Level(
            "year_only",
            "dob_l[1:4] = dob_r[1:4] AND (dob_l[6:10] = '01-01' OR dob_r[6:10] = '01-01')",
            0.02,
            0.002,
        ),
        Level("two_slips", "damerau_levenshtein(day_l, day_r) <= 2", 0.02, 0.01),
        Level("year", "dob_l[1:4] = dob_r[1:4]", 0.01, 0.015, most=_RARELY),
    ),
    else_m=0.02,
    else_u=0.97,
    else_most=_RARELY,
)
_MAIL = Comparison(
    "email",
    ("email",),
    (
        Level("same", "email_l = email_r", 0.6, 0.00001, "email"),
        Level(
            "same_local",
            "email_local_l = email_local_r AND NOT (email_names_l AND email_names_r)",
            0.1,
            0.0002,
            "email_local",
        ),
        # ann.lee1@ and ann.lee2@ are two mailboxes; a slip that counts is one in the letters.
        Level("one_slip", "email_letters_l <> email_letters_r AND one_slip(email_l, email_r)", 0.06, 0.00002),
        # Of two who share a name, many chose the same beginning elsewhere.
        Level("same_named_local", "email_local_l = email_local_r", 0.1, 0.005, fixed=True),
        # Addresses are made of names: likeness beyond a slip repeats what the names said, so it counts for little.
        Level("like", "jaro_winkler_similarity(email_local_l, email_local_r) >= 0.88", 0.1, 0.05, fixed=True),
    ),
    else_m=0.15,
    else_u=0.999,
)
# Street, postcode, town, region, country and the phone at home follow from one another: they count once.
_WHERE = "where"
_PHONE = Comparison(
    "phone",
    ("phone",),
    (
        Level("same", "phone_l = phone_r", 0.6, 0.00001, "phone"),
        Level("same_ending", "right(phone_l, 8) = right(phone_r, 8)", 0.08, 0.00002),
        Level("one_slip", "one_slip(phone_l, phone_r)", 0.05, 0.0001),
    ),
    else_m=0.27,
    else_u=0.9998,
    group=_WHERE,
)
_ADDRESS = Comparison(
    "address",
    ("address",),
    (
        Level("same", "address_l = address_r", 0.5, 0.0001, "address"),
        Level(
            "like",
            "jaro_winkler_similarity(address_l, address_r) >= 0.93 OR levenshtein(address_l, address_r) <= 2",
            0.2,
            0.0005,
        ),
        Level("somewhat", "jaro_winkler_similarity(address_l, address_r) >= 0.8", 0.1, 0.01),
    ),
    else_m=0.2,
    else_u=0.98,
    group=_WHERE,
)
_PLACE = Comparison(
    "place",
    ("postcode", "city"),
    (
        Level("both_same", "postcode_l = postcode_r AND city_l = city_r", 0.4, 0.0004, "postcode"),
        Level("postcode", "postcode_l = postcode_r", 0.2, 0.0008, "postcode"),
        Level(
            "city_and_area",
            "city_l = city_r AND (area_l = area_r OR one_slip(postcode_l, postcode_r))",
            0.1,
            0.003,
            "city",
        ),
        Level(
            "city_like_and_slip",
            "jaro_winkler_similarity(city_l, city_r) >= 0.88 AND one_slip(postcode_l, postcode_r)",
            0.03,
            0.0005,
        ),
        Level("city", "city_l = city_r", 0.1, 0.006, "city"),
        Level("postcode_slip", "one_slip(postcode_l, postcode_r)", 0.05, 0.002),
        Level("area", "area_l = area_r", 0.03, 0.005, "area"),
        Level("city_like", "jaro_winkler_similarity(city_l, city_r) >= 0.88", 0.03, 0.008),
    ),
    else_m=0.09,
    else_u=0.97,
    group=_WHERE,
)
_NUMBER = Comparison(
    "number",
    ("national_id",),
    (
        Level("same", "national_id_l = national_id_r", 0.9, 0.000001, "national_id"),
        Level("one_slip", "one_slip(national_id_l, national_id_r)", 0.07, 0.00001),
        Level("two_slips", "damerau_levenshtein(national_id_l, national_id_r) <= 2", 0.01, 0.0005),
    ),
    else_m=0.02,
    else_u=0.9995,
    else_most=_RARELY,
)
# The first name tells the gender, so agreement says nothing more; another one speaks against.
_GENDER = Comparison(
    "gender",
    ("gender",),
    (Level("same", "gender_l = gender_r", 0.97, 0.97, fixed=True),),
    else_m=0.03,
    else_u=0.5,
    else_fixed=True,
)


_STARTS = "least(given_c[1:3], surname[1:3]) || ' ' || greatest(given_c[1:3], surname[1:3])"
_CONSONANTS = "regexp_replace(surname, '[aeiouyhw]', '', 'g')"


def _word(name: str, column: str, m: float, u: float, group: str = "") -> Comparison:
    same = Level("same", f"{column}_l = {column}_r", m, u, column)
    return Comparison(name, (column,), (same,), else_m=1 - m, else_u=1 - u, group=group)


PERSON = Model(
    kind="person",
    comparisons=(
        _NAME,
        _BIRTHDAY,
        _MAIL,
        _PHONE,
        _ADDRESS,
        _PLACE,
        _NUMBER,
        _word("region", "region", 0.9, 0.15, _WHERE),
        _word("country", "country", 0.95, 0.3, _WHERE),
        _GENDER,
        _word("occupation", "occupation", 0.6, 0.02),
    ),
    keys={
        "email": Key("email"),
        "phone": Key("right(phone, 9)"),
        "number": Key("national_id"),
        "full_name": Key("full_name"),
        "name": Key("least(given_c, surname) || ' ' || greatest(given_c, surname)", ("city", "dob[1:4]")),
        # Slips in both names, in either order: they begin alike.
        "starts": Key(_STARTS, ("dob[1:4]", "city", "postcode")),
        # Slips in the vowels, and letters that are doubled or mute.
        "consonants": Key(f"{_CONSONANTS} || ' ' || given_c[1]", ("dob[1:4]", "city")),
        "birth": Key("dob", ("surname[1]", "given_c[1]", "city")),
        "surname_year": Key("surname || ' ' || dob[1:4]", ("given_c[1]",)),
        "surname_day": Key("surname || ' ' || dob[6:10]", ("given_c[1]",)),
        "given_day": Key("given_c || ' ' || dob[6:10]", ("surname[1]",)),
        "postcode": Key("postcode", ("surname", "given_c", "dob")),
        "area": Key("area || ' ' || surname[1:3]", ("given_c[1]",)),
        "address": Key("address", ("surname", "given_c", "dob")),
        "surname_city": Key("coalesce(surname, given_c) || ' ' || city", ("given_c[1]",)),
        "given_city": Key("given_c || ' ' || city", ("surname[1:2]",)),
        "mail_name": Key("email_local || ' ' || coalesce(surname, given_c)"),
    },
    sure=(
        ("email", "name_key"),
        ("phone", "name_key"),
        ("national_id",),
        ("name_key", "dob"),
        ("name_key", "postcode"),
        ("dob", "postcode"),
    ),
    scarce={"dob": 5, "national_id": 5, "email": 0, "phone": 0, "address": 0},
    distinct={"": "name_key", "name_key": "dob", "surname": "given_c", "given_c": "surname"},
    places=("country", "city"),
    local=("surname", "given_c"),
    products={"name_key": ("given_c", "surname")},
    contradictions=CONTRADICTIONS,
)
