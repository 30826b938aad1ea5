"""Pacing is even, over all threads, and rests when it is asked to; the clock is the test's."""

from __future__ import annotations

from rapport.channels.pace import Pace


class Time:
    def __init__(self) -> None:
        self.now = 100.0
        self.waited: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waited.append(round(seconds, 3))
        self.now += seconds


def pace(rate: float) -> tuple[Pace, Time]:
    time = Time()
    return Pace(rate, now=lambda: time.now, wait=time.wait), time


def test_so_many_a_second_pass_and_nothing_is_saved_up() -> None:
    paced, time = pace(10)
    for _ in range(3):
        paced.turn()
    time.now += 60
    for _ in range(2):
        paced.turn()
    assert time.waited == [0.1, 0.1, 0.1]


def test_without_a_rate_only_a_rest_is_waited_for() -> None:
    paced, time = pace(0)
    paced.turn()
    paced.rest(2.5)
    paced.turn()
    paced.turn()
    assert time.waited == [2.5]
