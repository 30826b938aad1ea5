"""A step of journeys that gives points, once for each run."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.access import Actor, system
from rapport.journeys.registry import Act, Answers, Config, Errand, Pass, Picker, Problems, StepKind
from rapport.journeys.services.steps.asking import doing
from rapport.loyalty.models import Account, Entry, Program
from rapport.loyalty.queries import dates
from rapport.loyalty.services import accounts, points, telling
from rapport.loyalty.services.ledger.books import Books

ACTOR, SOURCE = system("journey"), "journey"


def _give(errand: Errand) -> Answers:
    """Members are made of those who are known; nobody else can be told of points."""
    program = Program.objects.filter(key=errand.config["program"], archived_at=None).first()
    if program is None:
        why = {"points": 0, "reason": _("The programme has ended.")}
        return {position.id: Pass(because=why) for position in errand.positions}
    now, wanted = errand.clock.now(), {errand.key(position): position for position in errand.positions}
    accounts.enrol(program, {position.person_id: now for position in errand.positions})
    main = accounts.main_accounts(program, [position.person_id for position in errand.positions])
    books = Books.open({account.pk for account in main.values()}, now, with_others=True)
    given = set(
        Entry.objects.filter(program=program, source=SOURCE, key__in=wanted).values_list("key", flat=True)
    )
    answers: dict[int, Pass] = {}
    for key, position in wanted.items():
        own = main.get(position.person_id)
        account: Account | None = books.accounts.get(own.pk) if own else None
        if account is not None and key not in given:
            _earn(books, account, errand, key)
        reached = account is not None
        answers[position.id] = Pass(because={"points": errand.config["points"]} if reached else {"points": 0})
    telling.tell(points.closed(books), errand.clock)
    return answers


def _earn(books: Books, account: Account, errand: Errand, key: str) -> None:
    books.earn(
        account,
        errand.config["points"],
        available_at=books.now,
        expires_at=dates.expires_at(account.program, books.now),
        source=SOURCE,
        key=key,
        note=errand.config.get("reason", "") or errand.journey_name,
        actor=ACTOR.label,
    )


def _check(config: Config, problems: Problems) -> None:
    if not Program.objects.filter(key=config["program"], archived_at=None).exists():
        problems.add("program", _("There is no such programme."))


STEP = StepKind(
    "points",
    gettext_lazy("Give points"),
    "gift",
    {
        "required": ["program", "points"],
        "properties": {
            "program": {
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "title": gettext_lazy("Programme"),
                "format": "program",
            },
            "points": {
                "type": "integer",
                "minimum": 1,
                "maximum": 1_000_000,
                "title": gettext_lazy("Points"),
            },
            "reason": {"type": "string", "maxLength": 120, "title": gettext_lazy("What for")},
        },
    },
    doing(Act("points", _give)),
    lambda config: _("give %(n)s points") % {"n": config.get("points", "…")},
    _check,
    changes_people=True,
    permission="loyalty.points",
)


def programs(_actor: Actor) -> list[tuple[str, str]]:
    rows = Program.objects.filter(archived_at=None).order_by("name", "key")
    return list(rows.values_list("key", "name"))


PICKER = Picker("program", programs)
