"""A write of which nothing is required may come without a body; what is missing of others is named field by field."""

from __future__ import annotations

import pytest

from rapport.config.tests import routes
from rapport.people.services import merging

DOCUMENT = routes.document()


def test_the_document_says_which_bodies_may_be_left_out():
    paths = DOCUMENT["paths"]
    undoing = next(methods["post"] for path, methods in paths.items() if path.endswith("/undoing"))
    assert undoing["requestBody"]["required"] is False
    assert paths["/people"]["post"]["requestBody"]["required"] is True


@pytest.mark.postgres
def test_a_merge_is_undone_without_a_body(api, actor, person):
    two = [person(email=f"ada{number}@example.org") for number in range(2)]
    merge = merging.merge_people(actor=actor, survivor_id=two[0].pk, absorbed_id=two[1].pk, rule="by hand")
    status, answer = api("POST", f"/people/{two[0].pk}/merges/{merge.pk}/undoing")
    assert status == 201, answer
    merge.refresh_from_db()
    assert merge.undone_at


@pytest.mark.postgres
def test_what_is_missing_of_a_bare_body_is_named(api, person):
    status, answer = api("POST", f"/people/{person(email='a@example.org').pk}/merges")
    assert (status, [error["pointer"] for error in answer["errors"]]) == (422, ["/body/absorbed_id"])
