"""The shop's product pictures: drawn here, so that nothing is fetched and nobody's photographs are used."""

from __future__ import annotations

# background, main colour, second colour, line colour
PALETTES = (
    ("#f3e7dd", "#b4483c", "#f7f1e7", "#5d2a23"),
    ("#e4e9e1", "#5f7d61", "#f4efe2", "#2f4432"),
    ("#ece4ee", "#7d5a8c", "#f3e9d8", "#432f4d"),
    ("#e2e8ee", "#4f7393", "#f5f0e4", "#28405a"),
    ("#f5ebd3", "#c98a2b", "#fbf6ea", "#6b4713"),
    ("#efe3df", "#c4727c", "#f8f2ea", "#6a3038"),
)

_HEART = "M0 34C-58-4-34-50 0-22C34-50 58-4 0 34Z"
_DOTS = "".join(
    f'<circle cx="{x + (y // 22 % 2) * 12}" cy="{y}" r="4.5" fill="{{b}}"/>'
    for y in range(96, 160, 22)
    for x in range(70, 128, 24)
)

# 200 × 200; {a} main, {b} second, {c} lines
MOTIFS: dict[str, str] = {
    "lantern": '<path d="M100 26v22" stroke="{c}" stroke-width="3"/><circle cx="100" cy="24" r="8" fill="none" '
    'stroke="{c}" stroke-width="3"/><path d="M74 62l26-16 26 16z" fill="{a}"/><rect x="72" y="62" width="56" '
    'height="88" rx="6" fill="{b}" stroke="{c}" stroke-width="3"/><path d="M100 62v88M72 106h56" stroke="{c}" '
    'stroke-width="2" opacity=".35"/><path d="M100 86c16 20 12 34 0 34s-16-14 0-34z" fill="#e3a33a"/>'
    '<rect x="88" y="122" width="24" height="22" rx="3" fill="{a}"/><rect x="66" y="148" width="68" height="12" rx="4" '
    'fill="{a}"/>',
    "cakestand": '<path d="M100 40v120" stroke="{c}" stroke-width="5"/><circle cx="100" cy="36" r="7" fill="none" '
    'stroke="{c}" stroke-width="4"/><path d="M68 72h64q-4 12-32 12t-32-12z" fill="{a}"/><path d="M54 110h92q-6 14-46 '
    '14t-46-14z" fill="{b}" stroke="{c}" stroke-width="2"/><path d="M40 150h120q-8 16-60 16t-60-16z" fill="{a}"/>'
    '<circle cx="84" cy="64" r="8" fill="{c}" opacity=".7"/><circle cx="116" cy="64" r="8" fill="{c}" opacity=".7"/>'
    '<circle cx="72" cy="101" r="9" fill="{a}"/><circle cx="128" cy="101" r="9" fill="{a}"/>',
    "cupcake": '<path d="M62 104h76l-11 56H73z" fill="{a}"/><path d="M78 106l6 52M100 106v52M122 106l-6 52" '
    'stroke="{b}" stroke-width="4" opacity=".7"/><path d="M58 104c-8-20 10-30 16-30 2-18 20-30 34-22 14-2 24 10 22 '
    '22 14 2 20 16 12 30z" fill="{b}" stroke="{c}" stroke-width="3"/><circle cx="102" cy="44" r="9" fill="{a}"/>',
    "bowl": '<path d="M44 92h112c0 40-24 62-56 62s-56-22-56-62z" fill="{a}"/><ellipse cx="100" cy="92" rx="56" ry="14" '
    'fill="{b}" stroke="{c}" stroke-width="3"/><circle cx="76" cy="122" r="6" fill="{b}"/><circle cx="102" cy="132" '
    'r="6" fill="{b}"/><circle cx="126" cy="118" r="6" fill="{b}"/><rect x="80" y="152" width="40" height="9" rx="4" '
    'fill="{c}"/>',
    "teapot": '<path d="M58 100c0-26 18-40 42-40s42 14 42 40-14 52-42 52-42-26-42-52z" fill="{a}"/><path d="M142 92c26-8 '
    '30 40-6 42" fill="none" stroke="{a}" stroke-width="9"/><path d="M58 112c-16 0-18-22-34-28" fill="none" stroke="{a}" '
    'stroke-width="11" stroke-linecap="round"/><path d="M76 66q24-14 48 0" fill="none" stroke="{c}" stroke-width="3"/>'
    '<circle cx="100" cy="52" r="7" fill="{c}"/><circle cx="82" cy="104" r="7" fill="{b}"/><circle cx="106" cy="118" '
    'r="7" fill="{b}"/><circle cx="120" cy="92" r="7" fill="{b}"/>',
    "jug": '<path d="M70 56h56l8-8-4 30c14 26 8 80-14 84H82c-24-4-28-58-12-84z" fill="{a}"/><path d="M132 84c26 0 24 '
    '46-4 46" fill="none" stroke="{c}" stroke-width="6"/><path d="M66 104h68" stroke="{b}" stroke-width="10"/>',
    "napkin": '<rect x="52" y="58" width="96" height="96" rx="4" fill="{b}" stroke="{c}" stroke-width="2" '
    'transform="rotate(-8 100 106)"/><rect x="56" y="58" width="92" height="92" rx="4" fill="{a}"/>'
    '<circle cx="80" cy="82" r="6" fill="{b}"/><circle cx="102" cy="104" r="6" fill="{b}"/><circle cx="124" cy="82" '
    'r="6" fill="{b}"/><circle cx="80" cy="126" r="6" fill="{b}"/><circle cx="124" cy="126" r="6" fill="{b}"/>',
    "bag": '<path d="M76 78c0-44 48-44 48 0" fill="none" stroke="{c}" stroke-width="6"/><path d="M56 76h88l10 88H46z" '
    'fill="{a}"/>' + _DOTS,
    "lunchbag": '<rect x="58" y="62" width="84" height="100" rx="8" fill="{a}"/><path d="M58 92h84" stroke="{c}" '
    'stroke-width="3"/><path d="M82 62c0-26 36-26 36 0" fill="none" stroke="{c}" stroke-width="6"/><rect x="74" y="106" '
    'width="52" height="40" rx="5" fill="{b}"/><path d="M84 120h32M84 132h20" stroke="{c}" stroke-width="3"/>',
    "bunting": '<path d="M24 66q76 46 152 0" fill="none" stroke="{c}" stroke-width="3"/><path d="M34 72l32 14-22 28z" '
    'fill="{a}"/><path d="M72 86l32 3-17 34z" fill="{b}" stroke="{c}" stroke-width="2"/><path d="M110 88l30-7-8 36z" '
    'fill="{a}"/><path d="M144 80l26-13 2 36z" fill="{b}" stroke="{c}" stroke-width="2"/>',
    "card": '<rect x="52" y="52" width="64" height="92" rx="7" fill="{b}" stroke="{c}" stroke-width="3" '
    'transform="rotate(-10 84 98)"/><rect x="84" y="58" width="64" height="92" rx="7" fill="{a}" transform="rotate(7 116 '
    '104)"/><g transform="translate(116 104) scale(.62)"><path d="' + _HEART + '" fill="{b}"/></g>',
    "tag": '<path d="M100 30v32" stroke="{c}" stroke-width="3"/><path d="M70 84l30-26 30 26v74H70z" fill="{a}"/>'
    '<circle cx="100" cy="82" r="7" fill="{b}" stroke="{c}" stroke-width="2"/><path d="M84 114h32M84 128h32" '
    'stroke="{b}" stroke-width="5"/>',
    "flower": '<g fill="{a}"><circle cx="100" cy="66" r="24"/><circle cx="134" cy="92" r="24"/><circle cx="121" cy="130" '
    'r="24"/><circle cx="79" cy="130" r="24"/><circle cx="66" cy="92" r="24"/></g><circle cx="100" cy="102" r="20" '
    'fill="{b}" stroke="{c}" stroke-width="3"/>',
    "tin": '<rect x="56" y="66" width="88" height="84" rx="10" fill="{a}"/><rect x="52" y="58" width="96" height="22" '
    'rx="6" fill="{b}" stroke="{c}" stroke-width="3"/><path d="M100 96v36M82 114h36" stroke="{b}" stroke-width="9"/>',
    "bottle": '<rect x="88" y="30" width="24" height="18" rx="4" fill="{c}"/><path d="M86 48h28v14c24 6 28 20 28 '
    '40v38c0 16-8 24-22 24H80c-14 0-22-8-22-24v-38c0-20 4-34 28-40z" fill="{a}"/><g transform="translate(100 112) '
    'scale(.72)"><path d="' + _HEART + '" fill="{b}"/></g>',
    "mat": '<rect x="34" y="70" width="132" height="74" rx="5" fill="{a}"/><rect x="44" y="80" width="112" height="54" '
    'rx="3" fill="none" stroke="{b}" stroke-width="3"/><path d="M34 70v-7M50 70v-7M66 70v-7M82 70v-7M98 70v-7M114 '
    '70v-7M130 70v-7M146 70v-7M166 70v-7M34 151v-7M50 151v-7M66 151v-7M82 151v-7M98 151v-7M114 151v-7M130 151v-7M146 '
    '151v-7M166 151v-7" stroke="{c}" stroke-width="2"/><path d="M72 107h56" stroke="{b}" stroke-width="7"/>',
    "sign": '<path d="M66 60l34-26 34 26" fill="none" stroke="{c}" stroke-width="3"/><rect x="42" y="60" width="116" '
    'height="76" rx="6" fill="{a}"/><rect x="50" y="68" width="100" height="60" rx="3" fill="none" stroke="{b}" '
    'stroke-width="2"/><path d="M68 88h64M78 106h44" stroke="{b}" stroke-width="6"/>',
    "frame": '<rect x="52" y="40" width="96" height="120" rx="4" fill="{a}"/><rect x="66" y="54" width="68" height="92" '
    'fill="{b}"/><path d="M66 132l22-26 16 16 12-12 18 22v14H66z" fill="{c}" opacity=".55"/><circle cx="112" cy="80" '
    'r="9" fill="{a}"/>',
    "box": '<rect x="50" y="88" width="100" height="66" rx="8" fill="{a}"/><path d="M46 92c0-30 24-42 54-42s54 12 54 '
    '42z" fill="{b}" stroke="{c}" stroke-width="3"/><circle cx="100" cy="46" r="8" fill="{a}"/><circle cx="100" '
    'cy="118" r="12" fill="{b}"/>',
    "bird": '<path d="M48 112c0-34 30-50 58-44 8-16 34-14 36 6l16 8-16 6c-2 36-28 56-56 54-16 0-26-6-38-14z" '
    'fill="{a}"/><path d="M72 106c16-14 34-10 46 4-12 18-34 18-46-4z" fill="{b}"/><circle cx="126" cy="76" r="4" '
    'fill="{c}"/><path d="M92 140v22M106 138v24" stroke="{c}" stroke-width="3"/>',
    "block": '<rect x="30" y="86" width="42" height="60" rx="4" fill="{a}"/><rect x="79" y="86" width="42" height="60" '
    'rx="4" fill="{b}" stroke="{c}" stroke-width="2"/><rect x="128" y="86" width="42" height="60" rx="4" fill="{a}"/>'
    '<path d="M42 102v28M60 102v28M42 116h18" stroke="{b}" stroke-width="5"/><circle cx="100" cy="116" r="12" '
    'fill="none" stroke="{a}" stroke-width="5"/><path d="M158 102h-18v28h18M140 116h14" fill="none" stroke="{b}" '
    'stroke-width="5"/>',
    "heart": '<path d="M100 24v40" stroke="{c}" stroke-width="3"/><g transform="translate(100 112) scale(1.5)"><path d="'
    + _HEART
    + '" fill="{a}"/></g><g transform="translate(100 112) scale(1)"><path d="'
    + _HEART
    + '" fill="none" stroke="{b}" stroke-width="3" stroke-dasharray="5 5"/></g>',
}


def svg(motif: str, tint: int) -> str:
    """The picture as an SVG file. Raises KeyError for an unknown motif or tint."""
    background, main, second, line = dict(enumerate(PALETTES))[tint]
    drawn = MOTIFS[motif].replace("{a}", main).replace("{b}", second).replace("{c}", line)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="400" height="400">'
        f'<rect width="200" height="200" fill="{background}"/>'
        f'<ellipse cx="100" cy="170" rx="62" ry="6" fill="{line}" opacity=".12"/>{drawn}</svg>'
    )
