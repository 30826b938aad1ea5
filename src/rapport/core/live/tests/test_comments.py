"""Comments and notices: who sees, who is told, what ends."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from rapport.core import access
from rapport.core.live import comments, notices
from rapport.core.live.registry import COMMENTED_KINDS, CommentedKind
from rapport.core.models import Comment, Notice, User

pytestmark = pytest.mark.django_db
RECORD, OTHER = uuid.uuid4(), uuid.uuid4()
KIND = CommentedKind(
    "sample", "Sample", "settings.view", lambda _actor, pk: Comment(kind="sample", record=pk), "core:comment"
)


@pytest.fixture
def kind():
    with COMMENTED_KINDS.temporarily(KIND):
        yield


def someone(email, *roles, name=""):
    user = User.objects.create_user(email, name=name, roles=roles)
    return user, access.for_user(user)


def test_who_is_named_and_may_see_it_is_told_once(kind):
    ada, _actor = someone("ada@example.org", "admin", name="Ada Lovelace")
    _viewer, _ = someone("max@example.org", "viewer", name="Max")
    author, actor = someone("eve@example.org", "admin", name="Eve")
    comment = comments.add(
        actor=actor, kind="sample", record=RECORD, text="@Ada Lovelace, @ada, @max and @Eve: look\nhere"
    )
    rows = list(Notice.objects.values_list("user", "kind", "url"))
    assert rows == [(ada.pk, "comment.mentioned", f"/comments/{RECORD}/")]
    comments.add(actor=access.for_user(ada), kind="sample", record=RECORD, text="Yes", thread_id=comment.pk)
    assert [row.kind for row in notices.notices(access.for_user(author))] == ["comment.answered"]


def test_only_who_sees_the_record_comments_and_only_the_author_changes(kind):
    _user, actor = someone("eve@example.org", "admin")
    _other, other = someone("ada@example.org", "admin")
    _viewer, viewer = someone("max@example.org", "viewer")
    _third, third = someone("tom@example.org", "marketer")
    comment = comments.add(actor=actor, kind="sample", record=RECORD, text="x")
    with pytest.raises(Http404):
        comments.comment_for(viewer, comment.pk)
    with pytest.raises(PermissionDenied):
        comments.change(actor=other, comment=comment, text="y")
    with pytest.raises(PermissionDenied):
        comments.delete(actor=third, comment=comment)
    with pytest.raises(ValidationError):
        comments.add(actor=actor, kind="sample", record=OTHER, text="x", thread_id=comment.pk)
    assert comments.resolve(actor=other, comment=comment, resolved=True).resolved_at
    comments.delete(actor=actor, comment=comment)
    assert not Comment.objects.exists()


def test_the_bell_counts_and_its_page_goes_where_the_notice_says(page, user):
    notices.notify(
        [user.pk], "comment.mentioned", params={"who": "A", "record": "R", "text": "T"}, url="/people/"
    )
    evil = {"params": {"who": "B", "record": "R", "text": "T"}, "url": "https://evil.example/", "key": "once"}
    assert [notices.notify([user.pk], "comment.mentioned", **evil) for _ in range(2)] == [1, 0]
    assert "2 unread notices" in page.get("/people/").content.decode()
    first, second = notices.notices(access.for_user(user))
    assert {page.get(f"/notices/{row.pk}/").url for row in (first, second)} == {"/people/", "/notices/"}
    assert notices.unread(access.for_user(user)) == 0
    assert "A mentions you at “R”: T" in page.get("/notices/menu/").content.decode()


def test_comments_are_written_on_the_page_and_over_the_api(page, kind, api):
    answer = page.post(
        f"/comments/sample/{RECORD}/", {"text": "<b>Look</b>"}, headers={"HX-Target": "comments"}
    )
    assert "&lt;b&gt;Look" in answer.content.decode()
    assert page.post(f"/comments/sample/{RECORD}/", {"text": " "}).status_code == 422
    comment = Comment.objects.get()
    assert api("GET", f"/comments/sample/{RECORD}")[1]["data"][0]["text"] == "<b>Look</b>"
    page.post(f"/comments/{comment.pk}/", {"action": "resolve"})
    assert Comment.objects.get().resolved_at
