"""Reads of repairs."""

from __future__ import annotations

from django.db.models import Count, Func, Max, QuerySet, TextField, Value

from rapport.core.access import Actor
from rapport.core.queries import workspace
from rapport.people.models import Person
from rapport.people.queries import people
from rapport.people.services import policy as policies
from rapport.people.values.schema import PERSON
from rapport.quality.cleansing.slots import Context
from rapport.quality.models import QualitySnapshot, RepairItem, RepairRun

# What a measure of validity is called where its repair is called otherwise.
_REPAIR_OF = {"country-code": "countries", "postcode-form": "postcodes"}


def items(actor: Actor, run: RepairRun) -> QuerySet[RepairItem]:
    """What the run proposes or did, of people who may be seen."""
    shown = RepairItem.objects.filter(run=run, person__in=people(actor).values("pk"))
    return shown.select_related("person")


def counts(run: RepairRun) -> dict[str, int]:
    """{state of a row: how many}."""
    return dict(run.items.order_by().values_list("state").annotate(n=Count("pk")))


def proposals(actor: Actor) -> dict[str, int]:
    """{repair: how many people the newest measurement of data quality says it could help}."""
    if not actor.may("people.view"):
        return {}
    newest = QualitySnapshot.objects.aggregate(day=Max("day"))["day"]
    snapshots = QualitySnapshot.objects.filter(day=newest, dimension="validity")
    keys = {row.measure.partition(".")[2]: row.bad for row in snapshots}
    return {_REPAIR_OF.get(key, key): bad for key, bad in keys.items()}


def repair_context(domains: dict[str, int]) -> Context:
    """What repairs and measures need to know of the workspace."""
    return Context(workspace().country or "GB", domains, policies.current(PERSON).definitions)


def repairable_people() -> QuerySet[Person]:
    """Whom repairs look at."""
    return Person.objects.filter(merged_into=None, erased_at=None, restricted_at=None, is_identified=True)


def domains_in_use(limit: int = 500) -> dict[str, int]:
    """How many live persons use each mail domain, for the most used ones."""
    live = Person.objects.filter(merged_into=None, erased_at=None).exclude(email="").order_by()
    domain = Func("email", Value("@"), 2, function="split_part", output_field=TextField())
    counted = live.annotate(domain=domain).values("domain").annotate(people=Count("pk"))
    rows = counted.filter(people__gt=1).order_by("-people", "domain")
    return dict(rows.values_list("domain", "people")[:limit])
