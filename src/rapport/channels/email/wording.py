"""What the check of a sending domain says, and what its records are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

RECORDS: dict[str, str | Promise] = {
    "spf": _("SPF: which servers may send for the domain"),
    "dkim": _("DKIM: the key that proves what we sign"),
    "dmarc": _("DMARC: what to do with mail that proves nothing"),
    "mx": _("MX: where answers and bounces arrive"),
    "ptr": _("PTR: the name of the mail server's address"),
    "tls": _("TLS: the mail server encrypts"),
}
STATES: dict[str, tuple[str | Promise, str]] = {
    "right": (_("Right"), "good"),
    "missing": (_("Missing"), "bad"),
    "differs": (_("Differs"), "warn"),
    "unknown": (_("Not checked"), ""),
}
PROBLEMS: dict[str, str | Promise] = {
    "unanswered": _("The name server did not answer. Try again later."),
    "spf_missing": _("There is no SPF record. Add this text to the domain."),
    "spf_by_provider": _(
        "There is no SPF record. Your provider says what it has to hold, and how to publish its key."
    ),
    "spf_several": _("There are several SPF records, so that receivers look at none. Join them into one."),
    "spf_syntax": _("The SPF record, or one that it includes, cannot be read. Compare it with this one."),
    "spf_lookups": _(
        "The SPF record leads to more than 10 look-ups, so that receivers give up. Remove some includes."
    ),
    "spf_open": _("The SPF record lets everybody send for the domain. End it with ~all or -all."),
    "spf_not_us": _("The SPF record does not name your mail server. Replace it with this one."),
    "dkim_missing": _("The key is not published. Publish this text under the name shown."),
    "dkim_several": _("There are several keys under this name. Keep the one shown here."),
    "dkim_other": _("Another key is published under this name. Replace it with this text."),
    "dkim_revoked": _(
        "The key published under this name is empty, which revokes it. Replace it with this text."
    ),
    "dmarc_missing": _(
        "There is no DMARC record. Gmail and Yahoo refuse bulk mail without one. Add this text."
    ),
    "dmarc_several": _("There are several DMARC records, so that receivers look at none. Keep one."),
    "dmarc_syntax": _("The DMARC record has no valid p=. Compare it with this one."),
    "mx_missing": _("Nothing takes mail for this domain, so that nobody can answer and bounces are lost."),
    "mx_null": _("The domain says that it takes no mail, so that nobody can answer and bounces are lost."),
    "mx_nowhere": _("The MX record names a host that has no address."),
    "ptr_missing": _("The address of the mail server has no name. Whoever runs the server can set one."),
    "ptr_not_back": _("The name of the mail server's address leads to another address."),
    "ptr_local": _("The mail server has no public address of its own: look at the one it sends from."),
    "tls_none": _("The mail server offers no encryption (STARTTLS)."),
    "tls_unused": _(
        "The mail server offers encryption, but the address set for it does not use it: write smtp+starttls://"
    ),
    "tls_certificate": _("The mail server's certificate is not valid for its name."),
    "tls_unreachable": _("The mail server could not be reached."),
    "tls_local": _("The mail server is on this machine."),
}
