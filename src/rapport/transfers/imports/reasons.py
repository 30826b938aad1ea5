"""Why a cell or a row does not come in: codes as they are stored and counted, and their words as they are shown."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

CELLS = {
    "number": _("not a number"),
    "number_notation": _("either thousands or decimals: say how the column's numbers are written"),
    "yes_no": _("neither yes nor no"),
    "date": _("not a date that can be understood"),
    "date_order": _("a date whose day and month cannot be told apart"),
    "date_none": _("a day that does not exist"),
    "date_year": _("a date without a year"),
    "date_far": _("a date before 1800 or after 2200"),
    "date_incomplete": _("a date of which the year, month or day is missing"),
    "long": _("a text of more than 10,000 characters"),
    "long_name": _("a name of more than 254 characters"),
    "json": _("not JSON that can be kept"),
    "error_value": _("an error of the spreadsheet"),
    "digits_lost": _("a long number that the spreadsheet shortened; its digits are lost"),
    "identifier_email": _("not a usable email address"),
    "identifier_phone": _("not a usable phone number"),
    "identifier": _("not a usable id"),
    "contested": _("somebody else's, who has another email address; compare the two under Duplicates"),
    "contested_id": _("somebody else's, who has another user id; compare the two under Duplicates"),
    "consent_word": _("neither granted nor withdrawn"),
    "consent_when": _("a consent without its day"),
    "consent_how": _("a consent without its wording, source or page"),
    "consent_evidence": _("a consent without evidence: its day, and its wording, source or page"),
    "consent_far": _("a consent of a day before 1970"),
    "consent_at": _("a withdrawal whose day cannot be read; the day of the import counts"),
}
ROWS = {
    "nobody": _("The row has no identifier"),
    "malformed": _("The row has too many cells, or a quotation mark too few"),
    "ambiguous": _("It matches several people"),
    "refused": _("The person was erased on request"),
    "excluded": _("Excluded by hand"),
}


def words_of(code: str) -> str:
    """Words of a cell's code; what readers and trait rules say is words already."""
    return str(CELLS.get(code, code))
