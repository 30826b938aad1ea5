"""What is known of a message when its connection breaks, stalls or refuses, at every byte and every answer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from rapport.channels.email.transport import EmailChannel
from rapport.channels.protocol import Message, Outcome, Result
from rapport.channels.tests.scripted import CUT, STALL, Scripted, plain
from rapport.core.engines.supervisor import free_port

PAYLOAD = b"Subject: x\r\n\r\nhi\r\n.dot\r\n"
WITH, WITHOUT = ("PIPELINING", "SIZE 1000000", "8BITMIME"), ("8BITMIME",)
UNTAKEN = {Result.RETRY, Result.UNREACHABLE}
Started = Callable[..., Scripted]


@pytest.fixture
def server() -> Iterator[Started]:
    running: list[Scripted] = []

    def start(**values: object) -> Scripted:
        running.append(Scripted(**values))
        return running[-1]

    yield start
    for scripted in running:
        scripted.stop()


def message(recipient: str = "ada@example.org", payload: bytes = PAYLOAD) -> Message:
    return Message("shop@example.org", recipient, payload)


def deliver(
    server: Scripted, *recipients: str, capacity: int = 1, options: str = "timeout=5&final=5"
) -> list[Outcome]:
    channel = EmailChannel(server.url(options), capacity)
    try:
        return channel.deliver([message(recipient) for recipient in recipients or ("ada@example.org",)])
    finally:
        channel.close()


def at(stage: str, *answers: str) -> Callable[[str, str], str]:
    """A script that gives these answers at a stage, then takes everything."""
    left = list(answers)

    def script(reached: str, argument: str) -> str:
        return left.pop(0) if reached == stage and left else plain(reached, argument)

    return script


def conversation(features: tuple[str, ...]) -> int:
    """How many bytes a client sends for one message after EHLO."""
    size = " SIZE=22" if "SIZE 1000000" in features else ""
    return len(f"MAIL FROM:<shop@example.org>{size}RCPT TO:<ada@example.org>DATA") + 6 + len(PAYLOAD) + 1 + 3


@pytest.mark.parametrize("features", [WITH, WITHOUT])
def test_a_connection_cut_at_any_byte_of_ours_never_sends_twice_what_may_have_been_taken(
    server: Started, features: tuple[str, ...]
) -> None:
    total = conversation(features)
    results = [deliver(server(features=features, cut_at=count))[0].result for count in range(1, total + 1)]
    before_content = total - len(PAYLOAD) - 4
    assert set(results[: before_content - 1]) <= UNTAKEN
    assert set(results[before_content:]) <= {*UNTAKEN, Result.UNCERTAIN}
    assert results[-1] is Result.UNCERTAIN  # the whole dot had arrived


@pytest.mark.parametrize("features", [WITH, WITHOUT])
def test_an_answer_cut_at_any_byte_is_no_answer(server: Started, features: tuple[str, ...]) -> None:
    answers = "250 ok\r\n250 ok\r\n354 go\r\n250 2.0.0 queued\r\n"
    for count in range(len(answers)):
        scripted = server(features=features, answer_bytes=count)
        (outcome,) = deliver(scripted)
        expected = {Result.UNCERTAIN} if count >= answers.index("354 go\r\n") + 8 else UNTAKEN
        assert outcome.result in expected, (count, outcome)
        assert len(scripted.taken) == (outcome.result is Result.UNCERTAIN)


@pytest.mark.parametrize("features", [WITH, WITHOUT])
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("action", [CUT, STALL])
def test_lost_or_stalled_before_the_content_may_be_tried_again(
    server: Started, features: tuple[str, ...], stage: str, action: str
) -> None:
    (outcome,) = deliver(server(features=features, script=at(stage, action)), options="timeout=0.5&final=0.5")
    assert outcome.result is (Result.UNREACHABLE if stage == "MAIL" else Result.RETRY)


@pytest.mark.parametrize("action", [CUT, "cut after taking", STALL])
def test_lost_or_stalled_after_the_final_dot_is_uncertain(server: Started, action: str) -> None:
    (outcome,) = deliver(server(script=at("DOT", action)), options="timeout=5&final=0.1")
    assert outcome.result is Result.UNCERTAIN


def test_a_server_that_stops_reading_the_content_has_not_taken_it(server: Started) -> None:
    channel = EmailChannel(server(features=("PIPELINING",), cut_at=200).url(), 1)
    big = message(payload=b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n" * 8_000_000)
    assert channel.deliver([big])[0].result is Result.RETRY


@pytest.mark.parametrize("action", ["cut after taking", "421 4.3.2 bye", "451 4.3.0 later", "550 5.7.1 no"])
def test_only_the_message_behind_the_dot_shares_its_fate(server: Started, action: str) -> None:
    scripted = server(script=at("DOT", action))
    first, second, third = deliver(scripted, "a@x.org", "b@x.org", "c@x.org")
    assert first.result is {"cut": Result.UNCERTAIN, "550": Result.POLICY}.get(action[:3], Result.RETRY)
    assert (second.result, third.result) == (Result.ACCEPTED, Result.ACCEPTED)
    assert max(Counter(recipient for recipient, _content in scripted.taken).values()) == 1


@pytest.mark.parametrize("features", [WITH, WITHOUT])
def test_every_refusal_of_a_recipient_leaves_the_others_alone(
    server: Started, features: tuple[str, ...]
) -> None:
    def script(stage: str, argument: str) -> str:
        if stage == "RCPT":
            refused = "550 5.1.1 no such user" if "u3@" in argument else "250 ok"
            script.refused = refused.startswith("550")
            return refused
        if stage == "DATA" and script.refused:
            return "554 5.5.1 no valid recipients"
        return plain(stage, argument)

    scripted = server(features=features, script=script)
    outcomes = deliver(scripted, *(f"u{n}@x.org" for n in range(9)))
    assert [o.result for o in outcomes] == [
        Result.BAD_ADDRESS if n == 3 else Result.ACCEPTED for n in range(9)
    ]
    assert [recipient for recipient, _ in scripted.taken] == [f"u{n}@x.org" for n in range(9) if n != 3]
    assert scripted.commands.count("RSET") == 1
    assert scripted.connections == 1


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_a_server_that_asks_for_what_it_refused_gets_nothing(server: Started, stage: str) -> None:
    scripted = server(script=at(stage, "550 5.7.1 no"))
    first, second = deliver(scripted, "a@x.org", "b@x.org")
    assert (first.result, second.result) == (Result.POLICY, Result.ACCEPTED)
    assert [recipient for recipient, _content in scripted.taken] == ["b@x.org"]


def test_greylisting_is_tried_again_and_then_taken(server: Started) -> None:
    scripted = server(script=at("RCPT", "451 4.7.1 Greylisted, come back in 5 minutes"))
    channel = EmailChannel(scripted.url(), 1)
    assert [channel.deliver([message()])[0].result for _ in range(2)] == [Result.RETRY, Result.ACCEPTED]


@pytest.mark.parametrize("last_words", [CUT, "421 4.4.2 timeout, closing"])
def test_a_connection_the_server_ended_meanwhile_is_replaced(server: Started, last_words: str) -> None:
    mails = iter(["250 ok", last_words])
    scripted = server(script=lambda s, a: next(mails, "250 ok") if s == "MAIL" else plain(s, a))
    channel = EmailChannel(scripted.url(), 1)
    results = [channel.deliver([message(f"{name}@x.org")])[0].result for name in "ab"]
    assert results == [Result.ACCEPTED, Result.ACCEPTED]
    assert (scripted.connections, len(scripted.taken)) == (2, 2)


def test_a_server_that_takes_few_connections_gets_everything_over_those(server: Started) -> None:
    scripted = server(greeting=lambda n: "220 hi" if n <= 2 else "421 4.7.0 too many connections")
    outcomes = deliver(scripted, *(f"u{n}@x.org" for n in range(30)), capacity=5)
    assert {outcome.result for outcome in outcomes} == {Result.ACCEPTED}
    assert len(scripted.taken) == 30


def test_a_connection_that_is_not_greeted_holds_up_no_message(server: Started) -> None:
    heard = threading.Event()
    scripted = server(greeting=lambda number: "220 hi" if number == 2 or heard.wait() else "")
    channel = EmailChannel(scripted.url("timeout=600&final=600"), 4)
    for _ in range(2):
        outcomes = channel.deliver([message(f"u{n}@x.org") for n in range(6)])
        assert {outcome.result for outcome in outcomes} == {Result.ACCEPTED}
    assert scripted.connections <= 4  # the attempts of the first batch still count
    channel.close()
    heard.set()


def test_a_connection_ends_after_so_many_messages(server: Started) -> None:
    scripted = server()
    deliver(scripted, *(f"u{n}@x.org" for n in range(10)), options="messages=4")
    assert (scripted.connections, len(scripted.taken)) == (3, 10)


@pytest.mark.parametrize("greeting", ["554 5.7.1 your network is blocked", "hello", ""])
def test_a_server_that_greets_badly_is_unreachable(server: Started, greeting: str) -> None:
    outcomes = deliver(server(greeting=lambda _n: greeting), "a@x.org", "b@x.org", options="timeout=0.2")
    assert [outcome.result for outcome in outcomes] == [Result.UNREACHABLE] * 2


def test_a_server_that_is_away_is_unreachable() -> None:
    channel = EmailChannel(f"smtp://127.0.0.1:{free_port()}", 2)
    assert channel.deliver([message()])[0].result is Result.UNREACHABLE


@pytest.mark.parametrize(
    "nonsense", ["hello", "250", "999 ?", "25", "250-" + "x\r\n250-" * 300 + "x", "x" * 9000]
)
def test_nonsense_for_an_answer_ends_the_connection_only(server: Started, nonsense: str) -> None:
    scripted = server(script=at("RCPT", nonsense))
    first, second = deliver(scripted, "a@x.org", "b@x.org", options="timeout=0.3")
    assert first.result in {Result.RETRY, Result.ACCEPTED}
    assert second.result is Result.ACCEPTED


def test_a_message_larger_than_the_server_takes_is_not_offered(server: Started) -> None:
    scripted = server(features=("PIPELINING", "SIZE 10"))
    (outcome,) = deliver(scripted)
    assert (outcome.result, scripted.taken) == (Result.REFUSED, [])
    assert "10 bytes" in outcome.detail


def test_what_a_server_cannot_take_is_refused_and_what_it_can_is_declared(server: Started) -> None:
    able, unable = server(features=("8BITMIME", "SMTPUTF8", "PIPELINING")), server(features=("PIPELINING",))
    eight_bit = message(payload="Subject: ü\r\n\r\nGrüße\r\n".encode())
    other_letters = message("jürgen@example.org")
    for scripted, expected in ((able, Result.ACCEPTED), (unable, Result.REFUSED)):
        outcomes = EmailChannel(scripted.url(), 1).deliver([eight_bit, other_letters, message()])
        assert [outcome.result for outcome in outcomes] == [expected, expected, Result.ACCEPTED]
    mails = [line for line in able.commands if line.startswith("MAIL")]
    assert mails[:2] == [
        "MAIL FROM:<shop@example.org> BODY=8BITMIME",
        "MAIL FROM:<shop@example.org> SMTPUTF8",
    ]


def test_lines_that_begin_with_a_dot_arrive_as_they_were(server: Started) -> None:
    scripted = server()
    deliver(scripted)
    assert scripted.taken[0][1].replace(b"\r\n..", b"\r\n.") == PAYLOAD


@pytest.mark.parametrize("features", [WITH, WITHOUT])
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "DOT"])
def test_a_server_that_closes_with_421_at_any_stage_loses_nothing(
    server: Started, features: tuple[str, ...], stage: str
) -> None:
    scripted = server(features=features, script=at(stage, "421 4.3.2 closing"))
    outcomes = deliver(scripted, "a@x.org", "b@x.org", "c@x.org")
    assert outcomes[0].result is Result.RETRY
    assert [outcome.result for outcome in outcomes[1:]] == [Result.ACCEPTED] * 2
    assert sorted(recipient for recipient, _content in scripted.taken) == ["b@x.org", "c@x.org"]


def test_a_message_that_comes_alone_does_not_wait_for_a_batch(server: Started) -> None:
    gate = threading.Event()

    def script(stage: str, argument: str) -> str:
        if stage == "DOT" and argument.startswith("slow"):
            gate.wait(10)
        return plain(stage, argument)

    channel = EmailChannel(server(script=script).url(), 2)
    batch = threading.Thread(target=channel.deliver, args=([message("slow1@x.org"), message("slow2@x.org")],))
    batch.start()
    outcome = channel.deliver([message("receipt@x.org")])[0]
    waited = batch.is_alive()
    gate.set()
    batch.join()
    channel.close()
    assert (outcome.result, waited) == (Result.ACCEPTED, True)
