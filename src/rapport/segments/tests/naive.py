"""The language evaluated as plainly as possible, in Python over lists; shares no code with the compiler."""

import hashlib
import re
from collections import Counter
from decimal import Decimal

from rapport.segments.tests.naive_values import (
    COMPARISONS,
    UNITS,
    back,
    compare,
    get,
    holds,
    moment,
    money,
    next_day,
    text,
)  # fmt: skip


def relevant(clause, person, now, zone):
    name = clause.get("did_not", clause.get("did"))
    first, last = clause.get("between", (None, None))
    for event in person["events"]:
        at = event["at"]
        if event["event"] != name:
            continue
        if "within" in clause and at < back(now, clause["within"]):
            continue
        if first is not None and at < moment(first, now, zone):
            continue
        if last is not None and at >= (next_day if len(last) == 10 and last[0] == "2" else moment)(
            last, now, zone
        ):
            continue
        if all(condition(c, event, now, zone) for c in clause.get("where", [])):
            yield event


def condition(c, event, now, zone):
    outer, listed, inner = c["property"].partition("[].")
    if not listed:
        return holds(c, get(event["properties"], c["property"]), now, zone)
    members = get(event["properties"], outer)
    members = [m for m in members if isinstance(m, dict)] if isinstance(members, list) else []
    return any(holds(c, get(m, inner), now, zone) for m in members)


def figure(function, values):
    amounts = [m for v in values if (m := money(v)) is not None]
    if function == "sum":
        return sum(amounts, Decimal(0))
    if function == "unique":
        return Decimal(len({text(v) for v in values if v is not None and not isinstance(v, dict)}))
    if not amounts:
        return None
    if function == "average":
        return sum(amounts) / len(amounts)
    return {"min": min, "max": max}[function](amounts)


def counted(clause, number):
    checks = {"at_least": number.__ge__, "at_most": number.__le__, "exactly": number.__eq__}
    return [check(clause[key]) for key, check in checks.items() if key in clause] or [number > 0]


def chosen(function, name, events):
    dated_values = [
        (e["at"], text(v)) for e in events if not isinstance(v := get(e["properties"], name), dict | None)
    ]
    if not dated_values:
        return None
    if function == "most_frequent":
        counts = Counter(value for _, value in dated_values)
        return min(value for value in counts if counts[value] == max(counts.values()))
    return (min if function == "first_value" else max)(dated_values)[1]


def length(duration):
    number, unit = re.fullmatch(r"(\d+)(\w+)", duration).groups()
    return int(number) * UNITS[unit]


def did(clause, person, now, zone):
    events = list(relevant(clause, person, now, zone))
    if "did_not" in clause:
        return not events
    if "each" in clause:
        size = length(clause["each"])
        ages = [(now - e["at"]) // size for e in events if e["at"] <= now]
        stated = [all(counted(clause, ages.count(n))) for n in range(clause.get("periods", 1))]
    else:
        stated = counted(clause, len(events))
    compared = {k: clause[k] for k in clause if k in COMPARISONS}
    for function in ("sum", "average", "min", "max", "unique"):
        if function in clause:
            amount = figure(function, [get(e["properties"], clause[function]) for e in events])
            stated.append(amount is not None and holds(compared, float(amount), now, zone))
    for function in ("first_value", "last_value", "most_frequent"):
        if function in clause:
            stated.append(holds(compared, chosen(function, clause[function], events), now, zone))
    for key, pick in (("first_time", min), ("last_time", max)):
        if key in clause:
            when = pick(e["at"] for e in events).isoformat() if events else None
            stated.append(holds(clause[key], when, now, zone))
    if "on_days" in clause:
        stated.append(len({e["at"].astimezone(zone).date() for e in events}) >= clause["on_days"])
    return all(stated)


def sequence(clause, person, now, zone):
    """By trying every way through the events."""
    window = {k: clause[k] for k in ("within", "between") if k in clause}

    def found(step):
        events = relevant({**window, **{k: v for k, v in step.items() if k != "within"}}, person, now, zone)
        pairs = [(e["at"], get(e["properties"], clause["same"]) if "same" in clause else "") for e in events]
        return [(at, text(v)) for at, v in pairs if v is not None and not isinstance(v, dict)]

    steps = [({**step, "events": found(step)}) for step in clause["sequence"]]

    def ruled_out(step, start, same, until):
        limit = start + length(step["within"]) if "within" in step else None
        return any(
            at > start and v == same and (until is None or at < until) and (limit is None or at <= limit)
            for at, v in step["events"]
        )

    def on(n, start, same):
        if n == len(steps):
            return True
        step = steps[n]
        if "did_not" in step and n == len(steps) - 1:
            over = "within" not in step or start + length(step["within"]) < now
            return over and not ruled_out(step, start, same, None)
        barrier, step, n = (step, steps[n + 1], n + 1) if "did_not" in step else (None, step, n)
        return any(
            at > start
            and v == same
            and ("within" not in step or at <= start + length(step["within"]))
            and not (barrier and ruled_out(barrier, start, same, at))
            and on(n + 1, at, same)
            for at, v in step["events"]
        )

    return any(on(1, at, same) for at, same in steps[0]["events"])


def consents(clause, person, now, zone):
    concerns = [
        (state, since)
        for purpose, channel, state, since in person["consent_states"]
        if purpose == clause["consent"] and clause.get("channel", channel) == channel
    ]
    if clause.get("state") == "never":
        return not concerns
    return any(
        state == clause.get("state", "granted")
        and holds(clause.get("since", {}), since.isoformat(), now, zone)
        for state, since in concerns
    )


def company(clause, person, now, zone):
    companies = person["companies"][:1] if clause.get("which") == "primary" else person["companies"]
    if clause.get("or_above"):
        companies = [ancestor for c in companies for ancestor in (c, *c.get("above", []))]
    name = clause["company"]
    return any(
        holds(clause, c[name] if name in ("id", "name") else get(c["traits"], name), now, zone)
        for c in companies
    )


def sampled(clause, person):
    digest = hashlib.md5(f"{clause.get('salt', '')}:{person['id']}".encode()).digest()
    lot, start = int.from_bytes(digest[:4], "little") % 10_000, clause.get("from", 0) * 100
    return start <= lot < start + clause["sample"] * 100


def fits(clause, person, now, zone):
    """Whether a person ({"traits", "identifiers", "consents", "segments", "events"}) fits a definition."""
    if "all" in clause:
        return all(fits(member, person, now, zone) for member in clause["all"])
    if "any" in clause:
        return any(fits(member, person, now, zone) for member in clause["any"])
    if "not" in clause:
        return not fits(clause["not"], person, now, zone)
    if "trait" in clause:
        return holds(clause, get(person["traits"], clause["trait"]), now, zone)
    if "did" in clause or "did_not" in clause:
        return did(clause, person, now, zone)
    if "sequence" in clause:
        return sequence(clause, person, now, zone)
    if "company" in clause:
        return company(clause, person, now, zone)
    if "sample" in clause:
        return sampled(clause, person)
    if "lifecycle" in clause:
        stage = get(person["traits"], "lifecycle_stage")
        return compare(stage, "in", clause["lifecycle"], now, zone)
    if "score" in clause:
        return holds(clause, get(person["traits"], clause["score"]), now, zone)
    if "profile" in clause:
        return holds(clause, person[clause["profile"]].isoformat(), now, zone)
    if "state" in clause or "since" in clause:
        return consents(clause, person, now, zone)
    if "consent" in clause:
        wanted = f"{clause['consent']}/{clause.get('channel', '')}"
        return any(c == wanted if "channel" in clause else c.startswith(wanted) for c in person["consents"])
    if "in_segment" in clause:
        return clause["in_segment"] in person["segments"]
    if "identifier" in clause:
        prefix = clause["identifier"] + ":"
        values = [i[len(prefix) :] for i in person["identifiers"] if i.startswith(prefix)]
        number = sum(holds(clause, value, now, zone) for value in values)
        return all(counted(clause, number))
    raise AssertionError(clause)
