"""Making two companies one, and taking it back.

The absorbed company stays as a row of its own: `group` calls with its id go on changing it, and the survivor as
well. So an undo has only to take from the survivor what is the other's.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.people.models import Company, CompanyMember, CompanyMerge
from rapport.people.queries import require_companies
from rapport.people.services import policy as policies
from rapport.people.services.changes import mark_changed
from rapport.people.services.companies import GroupCall, apply_groups
from rapport.people.services.merging import CannotMerge
from rapport.people.services.traits import laid_over, merged_facts
from rapport.people.services.unmerging import CannotUnmerge
from rapport.people.values.schema import COMPANY

# Domains at which anybody may have an address; they are no company's own.
PUBLIC_DOMAINS = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com icloud.com me.com aol.com gmx.com gmx.net"
    " gmx.de web.de proton.me protonmail.com mail.ru yandex.ru qq.com 163.com orange.fr free.fr btinternet.com".split()
)


def survivor_of(company_id: uuid.UUID) -> uuid.UUID:
    """The company it is part of now."""
    seen = {company_id}
    while True:
        line = CompanyMerge.objects.filter(absorbed_id=company_id, undone_at=None).first()
        if line is None or line.survivor_id in seen:
            return company_id
        company_id = line.survivor_id
        seen.add(company_id)


def domain_of(traits: dict[str, Any]) -> str:
    """The domain a company's traits name, in lower case without www; "" for none or a public one."""
    given = traits.get("domain") or traits.get("website") or ""
    text = str(given).strip().lower()
    host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    host = host.removeprefix("www.").strip(".")
    return host[:254] if "." in host and host not in PUBLIC_DOMAINS else ""


def note_domain(company_id: uuid.UUID, traits: dict[str, Any]) -> None:
    """Remembers by which domain a company is recognised. In the caller's transaction."""
    if domain := domain_of(traits):
        sql.run(
            "INSERT INTO people_companydomain (company_id, domain) VALUES (%b, %b) ON CONFLICT DO NOTHING",
            [company_id, domain],
        )


def follow(calls: Sequence[GroupCall]) -> None:
    """Notes domains, and lets what companies are part of learn and gain members too. In the caller's transaction."""
    for call in calls:
        note_domain(call.company_id, call.traits)
    ids = {call.company_id for call in calls}
    merged = CompanyMerge.objects.filter(Q(survivor_id__in=ids) | Q(absorbed_id__in=ids), undone_at=None)
    if not ids or not merged.exists():
        return
    for call in calls:
        fact = {"at": call.at.isoformat(), "source": call.source, "message_id": call.message_id}
        learn(call.company_id, call.person_id, call.traits, fact)
        if (survivor := survivor_of(call.company_id)) != call.company_id:
            group_id = Company.objects.values_list("group_id", flat=True).get(pk=survivor)
            apply_groups([replace(call, group_id=group_id)])


def learn(company_id: uuid.UUID, person_id: uuid.UUID, traits: dict[str, Any], fact: dict[str, Any]) -> None:
    """What a survivor is told under its own id is noted as its own, for an undo. In the caller's transaction."""
    for merge in CompanyMerge.objects.select_for_update().filter(survivor_id=company_id, undone_at=None):
        kept = merge.snapshot
        kept["traits"], kept["trait_facts"] = laid_over((kept["traits"], kept["trait_facts"]), traits, fact)
        kept["members"] = sorted({*kept["members"], str(person_id)})
        merge.save(update_fields=["snapshot"])


def likely_same(actor: Actor, company: Company) -> list[Company]:
    """Other companies that the actor sees, not merged, that have one of its domains."""
    domains = company.known_domains.values("domain")
    lost = CompanyMerge.objects.filter(undone_at=None).values("absorbed")
    others = Company.objects.visible_to(actor, "people.view").exclude(pk=company.pk).exclude(pk__in=lost)
    return list(others.filter(known_domains__domain__in=domains).distinct().order_by("name", "pk")[:10])


@transaction.atomic
def merge_companies(
    *,
    actor: Actor,
    survivor_id: uuid.UUID,
    absorbed_id: uuid.UUID,
    rule: str = "by hand",
    clock: Clock = SYSTEM,
) -> CompanyMerge:
    """Makes `absorbed` part of `survivor`: members join it, newer facts win. Raises CannotMerge."""
    ids = survivor_of(survivor_id), survivor_of(absorbed_id)
    require_companies(actor, "people.edit", [survivor_id, absorbed_id, *ids])
    survivor, absorbed = _locked_pair(*ids)
    members = list(CompanyMember.objects.filter(company=survivor).values_list("person_id", flat=True))
    merge = CompanyMerge.objects.create(
        survivor=survivor,
        absorbed=absorbed,
        merged_at=clock.now(),
        rule=rule,
        merged_by=actor.label[:254],
        snapshot={
            "traits": survivor.traits,
            "trait_facts": survivor.trait_facts,
            "members": [str(person) for person in members],
        },
    )
    sql.run(
        "INSERT INTO people_companymember (company_id, person_id, since, role)"
        " SELECT %b, person_id, since, role FROM people_companymember WHERE company_id = %b ON CONFLICT DO NOTHING",
        [survivor.pk, absorbed.pk],
    )
    priority = policies.current(COMPANY).priority
    _become(
        survivor,
        merged_facts(
            (survivor.traits, survivor.trait_facts), (absorbed.traits, absorbed.trait_facts), priority
        ),
        clock=clock,
    )
    _done(actor, "company.merged", merge)
    return merge


def _locked_pair(first_id: uuid.UUID, other: uuid.UUID) -> tuple[Company, Company]:
    """Raises CannotMerge."""
    companies = _locked({first_id, other})
    if (first_id, other) != (survivor_of(first_id), survivor_of(other)):
        raise CannotMerge(_("One of them was merged just now. Look at them again."))
    if first_id == other and companies:
        raise CannotMerge(_("They are already one company."))
    if len(companies) < 2:
        raise CannotMerge(_("One of them no longer exists."))
    return companies[first_id], companies[other]


@transaction.atomic
def undo_company_merge(*, actor: Actor, merge: CompanyMerge, clock: Clock = SYSTEM) -> None:
    """Parts two companies again; what the absorbed one learned since stays with it. Raises CannotUnmerge."""
    require_companies(actor, "people.edit", [merge.survivor_id])
    companies = _locked({merge.survivor_id, merge.absorbed_id})
    merge = CompanyMerge.objects.select_for_update().get(pk=merge.pk)
    if merge.undone_at:
        raise CannotUnmerge(_("This merge has been undone already."))
    if CompanyMerge.objects.filter(survivor=merge.survivor, undone_at=None, pk__gt=merge.pk).exists():
        raise CannotUnmerge(_("Undo the newer merges of this company first."))
    survivor, absorbed = companies[merge.survivor_id], companies[merge.absorbed_id]
    before = (merge.snapshot["traits"], merge.snapshot["trait_facts"])
    own = {
        name: fact for name, fact in survivor.trait_facts.items() if absorbed.trait_facts.get(name) != fact
    }
    since = ({name: survivor.traits[name] for name in own if name in survivor.traits}, own)
    _become(survivor, merged_facts(before, since, policies.current(COMPANY).priority), clock=clock)
    theirs = CompanyMember.objects.filter(company=absorbed).values("person_id")
    rows = CompanyMember.objects.filter(company=survivor, person_id__in=theirs)
    rows.exclude(person_id__in=merge.snapshot["members"]).delete()
    merge.undone_at, merge.undone_by = clock.now(), actor.label[:254]
    merge.save(update_fields=["undone_at", "undone_by"])
    _done(actor, "company.merge_undone", merge)


def _locked(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Company]:
    rows = Company.objects.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk")
    return {company.pk: company for company in rows}


def _become(company: Company, state: tuple[dict[str, Any], dict[str, Any]], clock: Clock) -> None:
    company.traits, company.trait_facts = state
    company.name = str(company.traits.get("name") or company.name or "")[:254]
    company.updated_at = clock.now()
    company.save(update_fields=["traits", "trait_facts", "name", "updated_at"])


def _done(actor: Actor, action: str, merge: CompanyMerge) -> None:
    both = [merge.survivor_id, merge.absorbed_id]
    members = CompanyMember.objects.filter(company_id__in=both)
    mark_changed(list(members.values_list("person_id", flat=True)))
    audit.record(
        actor=actor,
        action=action,
        object_type="company",
        object_id=merge.survivor_id,
        data={"absorbed": str(merge.absorbed_id), "merge": merge.pk},
    )
