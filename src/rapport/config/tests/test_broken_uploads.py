"""Uploads whose multipart body is broken are refused in words, whatever is broken about it."""

from __future__ import annotations

import pytest

from rapport.core.services import keys

PART = b'--x\r\nContent-Disposition: form-data; name="%b"; filename="a.csv"\r\n\r\nemail\r\n'

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"email\nann@example.org\n", "multipart/form-data", 400),
        (PART % b"file", "multipart/form-data; boundary=" + "y" * 300, 400),
        (PART % b"file", "multipart/form-data; boundary=\xfc", 400),
        (b"--x", "multipart/form-data; boundary=x", 422),
        (b"email", "multipart/form-data; boundary=x", 422),
        (PART % b"other" + b"--x--\r\n", "multipart/form-data; boundary=x", 422),
        (
            b"".join(PART % b"f%d" % n for n in range(150)) + b"--x--\r\n",
            "multipart/form-data; boundary=x",
            400,
        ),
        (b"a=1", "application/x-www-form-urlencoded", 422),
        (b"", "", 422),
    ],
)
def test_a_broken_upload_is_a_problem_in_words(client, actor, body, kind, status):
    _key, token = keys.create(actor=actor, name="test", role="owner")
    answer = client.generic(
        "POST", "/api/v1/imports", body, kind, headers={"authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]
