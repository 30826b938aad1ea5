"""Nothing is kept that nothing names: icons, classes of style sheets, templates."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tests.architecture.project import ROOT

SOURCE = ROOT / "src" / "rapport"
ICONS = SOURCE / "core" / "static" / "core" / "icons"
# Looked up by libraries, or by a name that is put together from a folder and a word.
BY_CONVENTION = re.compile(
    r"^(account|allauth|mfa|usersessions|demo/(shop|mails)|segments/builder)/|^[45]\d\d\.html$"
)

SET_BY_LIBRARIES = {"errorlist", "htmx-request"}


@cache
def texts() -> dict[Path, str]:
    """What is written by hand: no vendored file, no migration, no catalogue."""
    endings = {".py", ".html", ".js", ".css", ".txt", ".mjml"}
    return {
        path: path.read_text()
        for path in sorted(SOURCE.rglob("*"))
        if path.suffix in endings and not {"vendor", "migrations", "icons"} & set(path.parts)
    }


@cache
def everything(*, without: str = "") -> str:
    return "\n".join(text for path, text in texts().items() if path.suffix != without)


def unused_icons(source: str) -> list[str]:
    names = [line.partition("=")[0] for line in (ICONS / "list.txt").read_text().split()]
    return [name for name in names if not re.search(rf"[\"'#]{name}[\"']", source)]


def unused_classes(sheet: str, source: str) -> set[str]:
    """Classes that nothing names; a name may be put together, as `badge-{{ tone }}` is."""
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL))
    classes = {name for part in selectors for name in re.findall(r"\.([a-zA-Z][\w-]*)", part)}
    words = set(re.findall(r"[\w-]+", source))
    begun = set(re.findall(r"([\w-]+-)(?:\{|\$\{|%s)", source))
    return {name for name in classes - words if not any(name.startswith(start) for start in begun)}


def test_every_icon_is_shown_somewhere():
    assert not unused_icons(everything())


def test_every_icon_of_the_list_is_in_the_sprite_and_no_other():
    names = [line.partition("=")[0] for line in (ICONS / "list.txt").read_text().split()]
    assert sorted(re.findall(r'<symbol id="([\w-]+)"', (ICONS / "sprite.svg").read_text())) == sorted(names)


def test_every_class_of_a_style_sheet_is_used():
    sheets = "\n".join(text for path, text in texts().items() if path.suffix == ".css")
    assert unused_classes(sheets, everything(without=".css")) == SET_BY_LIBRARIES


def test_every_template_is_rendered_or_included():
    names = {
        path.as_posix().rpartition("/templates/")[2]
        for path in texts()
        if "templates" in path.parts and path.suffix in {".html", ".txt"}
    }
    source = everything()
    # `{app}/{name}.html` in a view, `core/components/…` in a tag.
    dead = [name for name in sorted(names) if not BY_CONVENTION.search(name) and name not in source]
    assert not [name for name in dead if Path(name).stem.split("_panel")[0] not in source]


def test_planted_leftovers_are_noticed():
    assert unused_classes(".gone { color: red }\n.badge-good {}", 'class="badge-{{ tone }}"') == {"gone"}
    assert "plus" in unused_icons('{% icon "minus" %}')


def unknown_tones(template: str) -> list[str]:
    """Tones of notices that there are not: the page of such a state would end with an error."""
    return [
        tone
        for tone in re.findall(r'\{% notice "([^"]*)"', template)
        if tone not in {"", "good", "warn", "bad"}
    ]


def test_every_tone_of_a_notice_is_known():
    wrong = {str(path): tones for path, text in texts().items() if (tones := unknown_tones(text))}
    assert not wrong


def test_a_planted_tone_is_seen():
    assert unknown_tones('{% notice "info" %}a{% endnotice %}{% notice "bad" %}') == ["info"]
