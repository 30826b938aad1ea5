"""When two records say of themselves that they are two people: then no program merges them, however alike they are.

A verified identifier contradicts where a person may have only one of its type and both have one. First name, birthday
and a number that was typed contradict where both records give them more than a slip apart. Two people who share all the
rest are twins, a parent and child of one name, or whoever was typed into the wrong row.
"""

from __future__ import annotations

LIKE_GIVEN = "(one_slip(given_l, given_r) OR jaro_winkler_similarity(given_c_l, given_c_r) >= 0.85)"
SAME_GIVEN = "(given_c_l = given_c_r OR list_has_any(given_forms_l, given_forms_r))"
_SAME_BIRTH = (
    "(dob_l = dob_r OR one_slip(day_l, day_r) OR dob_l[1:4] = dob_r[1:4] AND (dob_l[6:10] = '01-01'"
    " OR dob_r[6:10] = '01-01' OR dob_l[6:7] = dob_r[9:10] AND dob_l[9:10] = dob_r[6:7]))"
)
# Both first names are given in full, and neither is a form, a part or a slip of the other.
_OTHER_GIVEN = (
    f"least(length(given_l), length(given_r)) > 1 AND surname_l IS NOT NULL AND surname_r IS NOT NULL"
    f" AND NOT {SAME_GIVEN} AND NOT {LIKE_GIVEN}"
    " AND NOT (length(given_l) > 5 AND length(given_r) > 5 AND damerau_levenshtein(given_l, given_r) <= 2)"
    " AND NOT starts_with(given_l, given_r) AND NOT starts_with(given_r, given_l)"
    " AND NOT list_contains(tokens_l, given_c_r) AND NOT list_contains(tokens_r, given_c_l)"
)
_OTHER_BIRTH = f"NOT {_SAME_BIRTH}"
_SAME_NUMBER = "coalesce(national_id_l = national_id_r, false)"
_OTHER_NUMBER = "damerau_levenshtein(national_id_l, national_id_r) > 2"
# A number that both gave outvotes one slip of the pen; two contradictions nothing outvotes.
CONTRADICTIONS = (
    # Both have, say, a customer number, of which a person has only one: nothing outvotes that.
    "list_has_any(verified_l, verified_r)",
    f"{_OTHER_GIVEN} AND NOT (coalesce({_SAME_BIRTH}, false) AND {_SAME_NUMBER})",
    f"{_OTHER_BIRTH} AND NOT (coalesce({SAME_GIVEN} OR {LIKE_GIVEN}, false) AND {_SAME_NUMBER})",
    f"{_OTHER_NUMBER} AND NOT coalesce({_SAME_BIRTH} AND ({SAME_GIVEN} OR {LIKE_GIVEN}), false)",
)
