"""Files as Mailchimp, HubSpot and Salesforce write them, from end to end."""

from __future__ import annotations

import io
import zipfile

import pytest

from rapport.core import access
from rapport.core.jobs import run_due
from rapport.governance.models import Consent
from rapport.governance.queries import suppressed
from rapport.people.queries import find
from rapport.transfers.imports.services import steps, uploads

HEAD = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,"
    "LAST_CHANGED,LEID,EUID,NOTES,TAGS"
)
ROW = (
    'Ada,King,2,"2024-01-01 10:00:00",1.2.3.4,"2024-01-02 11:00:00",1.2.3.4,'
    '"2024-05-01 09:00:00",1,e1,,"""vip"",""uk"""'
)


def go(user, runs):
    for run in runs:
        uploads.set_mapping(actor=access.for_user(user), run=run, mapping=run.mapping)
        steps.take(actor=access.for_user(user), run=run, step="start")
        run_due("imports")
        run.refresh_from_db()
        assert (run.state, run.problem) == ("done", "")
    return runs


@pytest.fixture
def audience(user):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("subscribed_members_export.csv", f"{HEAD}\na@example.org,{ROW}\n")
        gone = HEAD.replace("LEID", "UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,LEID")
        row = ROW.replace(",1,e1", ',"2024-06-01 08:00:00",Spring,1,e1')
        out.writestr("unsubscribed_members_export.csv", f"{gone}\nb@example.org,{row}\n")
        clean = HEAD.replace("LEID", "CLEAN_TIME,LEID")
        row = ROW.replace(",1,e1", ',"2024-06-01 08:00:00",1,e1')
        out.writestr("cleaned_members_export.csv", f"{clean}\nc@example.org,{row}\n")
    packed.seek(0)
    return go(user, uploads.upload(actor=access.for_user(user), stream=packed, name="audience.zip"))


def test_a_mailchimp_audience_brings_consents_and_suppressions(audience, actor):
    ada = find(actor, "email:a@example.org")
    assert (ada.traits["tags"], ada.traits["mailchimp_rating"]) == (["vip", "uk"], 2)
    granted = Consent.objects.get(person=ada)
    assert (granted.state, granted.at.isoformat()) == ("granted", "2024-01-02T11:00:00+00:00")
    assert Consent.objects.get(person=find(actor, "email:b@example.org")).state == "withdrawn"
    addresses = [f"{name}@example.org" for name in "abc"]
    assert suppressed("email", addresses) == {"b@example.org", "c@example.org"}


def test_a_hubspot_opt_out_withdraws_and_its_absence_grants_nothing(user, actor):
    head = "Record ID,First Name,Last Name,Email,Contact owner,Create Date,Unsubscribed from all email"
    rows = "1,Ada,King,a@example.org,Bo,2023-02-01 10:00,true\n2,Bea,Lee,b@example.org,Bo,2023-02-01 10:00,false\n"
    stream = io.BytesIO(f"{head}\n{rows}".encode())
    go(user, uploads.upload(actor=access.for_user(user), stream=stream, name="hubspot.csv"))
    ada, bea = (find(actor, f"email:{name}@example.org") for name in "ab")
    assert (ada.traits["hubspot_id"], ada.traits["owner"], ada.first_seen_at.year) == ("1", "Bo", 2023)
    consents = Consent.objects.filter(person__in=[ada, bea])
    assert {(consent.person_id, consent.channel, consent.state) for consent in consents} == {
        (ada.pk, "email", "withdrawn")
    }
