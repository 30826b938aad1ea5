"""The job that keeps cards in wallets up to date: after points or a tier changed, or what cards look like."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction

from rapport.core import jobs
from rapport.core.clock import Clock
from rapport.core.crypto import Unreadable
from rapport.core.services.outbound import Refused, Unreachable
from rapport.loyalty.models import Account, WalletDevice, WalletPass, WalletSettings
from rapport.loyalty.queries.accounts import active_programs
from rapport.loyalty.services.wallet import apns, google, keys, passes
from rapport.loyalty.services.wallet.cards import Card
from rapport.loyalty.services.wallet.problems import Failed, NotAdmitted

BATCH = 100
AGAIN = dt.timedelta(minutes=5)


def run(job: jobs.RunningJob) -> dict[str, int]:
    """Tells every wallet what is due, and says where that failed."""
    round_ = Round(job.clock)
    with closing(round_):
        round_.open()
        count = round_.tell(job)
    if round_.problem:
        WalletSettings.objects.update(problem=round_.problem[:254], problem_at=job.clock.now())
        raise jobs.Later(AGAIN)
    WalletSettings.objects.exclude(problem="").update(problem="", problem_at=None)
    return {"cards": count}


class Round:
    """What one run needs of Apple and Google. What fails at a card or a wallet stays due, and the rest goes on.

    `problem` is what failed first.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pushes: apns.Pushes | None = None
        self._google: google.Wallet | None = None
        self._resting: set[str] = set()
        self.problem = ""

    def open(self) -> None:
        if not WalletPass.objects.filter(due__gt=0).exists():
            return
        row = keys.wallet_settings()
        self._does("Apple", lambda: self._open_apple(row))
        self._does("Google", lambda: self._open_google(row))
        if (wallet := self._google) is not None:
            for program in active_programs():
                self._does("Google", partial(wallet.put_class, program))

    def _open_apple(self, row: WalletSettings) -> None:
        if (apple := keys.apple(row)) is not None:
            self._pushes = apns.Pushes(apple)

    def _open_google(self, row: WalletSettings) -> None:
        if (account := keys.google(row)) is not None:
            self._google = google.Wallet(account, self._clock.now())

    def _does(self, wallet: str, step: Callable[[], None]) -> bool:
        """Whether it worked. A wallet that cannot be had at all rests: every card would wait for it in vain."""
        if wallet in self._resting:
            return False
        try:
            step()
        except (Failed, Refused, Unreachable, ValidationError, Unreadable) as error:
            words = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            self.problem = self.problem or words
            if not isinstance(error, Failed) or isinstance(error, NotAdmitted):
                self._resting.add(wallet)
            return False
        return True

    def tell(self, job: jobs.RunningJob) -> int:
        count, after = 0, None
        due = WalletPass.objects.filter(due__gt=0).order_by("pk")
        due = due.select_related("account__program", "account__person", "account__tier")
        while rows := list((due.filter(pk__gt=after) if after else due)[:BATCH]):
            for row in rows:
                self._tell(row)
                count, after = count + 1, row.pk
            with transaction.atomic():
                job.step(done=count)
        return count

    def _tell(self, row: WalletPass) -> None:
        """What changed meanwhile stays due, and so does what did not reach a wallet."""
        seen = row.due
        card, row = passes.current(row, row.account, self._clock)
        if row.digest != row.sent:
            works = [self._does("Apple", lambda: self._to_apple(row))]
            if row.has_google:
                works.append(self._does("Google", lambda: self._to_google(card)))
            if not all(works):
                return
        WalletPass.objects.filter(pk=row.pk).update(sent=row.digest)
        WalletPass.objects.filter(pk=row.pk, due=seen).update(due=0)

    def _to_apple(self, row: WalletPass) -> None:
        if self._pushes is not None:
            gone = [device.pk for device in row.devices.order_by("pk") if not self._pushes.send(device)]
            WalletDevice.objects.filter(pk__in=gone).delete()

    def _to_google(self, card: Card) -> None:
        if self._google is not None:
            self._google.patch(card)

    def close(self) -> None:
        for opened in (self._pushes, self._google):
            if opened is not None:
                opened.close()


def save_to_google(account: Account, clock: Clock) -> str:
    """The link that saves the card. Raises ValidationError, Unreadable; LookupError where Google is not set up."""
    if (account_keys := keys.google(keys.wallet_settings())) is None:
        raise LookupError("Google's wallet is not set up")
    card: Card = passes.fetched(account, clock=clock, is_google=True)
    return google.save_url(card, account.program, account_keys, clock.now())
