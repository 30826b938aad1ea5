"""Rules that old code still breaks are counted per app; the counts may only shrink."""

from __future__ import annotations

import json

import pytest

from tests.architecture import ratchet


@pytest.mark.parametrize("rule", sorted(ratchet.LINTS))
def test_nothing_new_breaks_a_rule(rule):
    limits = ratchet.allowed().get(rule, {})
    today = {rule: ratchet.counts().get(rule, {})}
    over = {app for _rule, app in ratchet.grown(today, {rule: limits})}
    apps = {source.name: source.app for source in ratchet.files()}
    findings = [str(finding) for finding in ratchet.findings(rule) if apps[finding.name] in over]
    assert not over, "\n".join(
        [
            f"{rule}: more than the ratchet allows in {', '.join(sorted(over))}; one of these is new:",
            *findings,
            "Was code only moved? `python -m tests.architecture.ratchet --write` accepts an equal total.",
        ]
    )


def test_a_planted_fault_lets_a_count_grow():
    assert list(ratchet.grown({"rule": {"people": 2, "core": 1}}, {"rule": {"people": 1, "core": 1}})) == [
        ("rule", "people")
    ]


def test_an_app_or_a_rule_without_an_entry_is_allowed_nothing():
    assert list(ratchet.grown({"rule": {"people": 1}}, {})) == [("rule", "people")]


def test_the_file_is_refused_a_larger_total(tmp_path, monkeypatch, capsys):
    path = tmp_path / "ratchet.json"
    path.write_text(json.dumps({"real_time": {"people": 1}}))
    monkeypatch.setattr(ratchet, "PATH", path)
    monkeypatch.setattr(ratchet, "counts", lambda: {"real_time": {"people": 1, "core": 1}})
    assert ratchet.main(["--write"]) == 1
    monkeypatch.setattr(ratchet, "counts", lambda: {"real_time": {"core": 1}})
    assert ratchet.main(["--write"]) == 0
    assert json.loads(path.read_text()) == {"real_time": {"core": 1}}
