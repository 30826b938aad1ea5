"""Cities by country, each with the telephone numbers its regulator keeps free for fiction (where there are any).

Numbers in films and examples must ring nowhere: Ofcom (GB), Bundesnetzagentur (DE), ARCEP (FR), PTS (SE), ACMA
(AU) and the North American 555-01XX block (US) have set some aside. Elsewhere customers have no telephone.
"""

from __future__ import annotations

AREAS: dict[str, tuple[str, ...]] = {  # country code -> language areas of the names
    "GB": ("gb",), "JE": ("gb",), "IE": ("ie", "ie", "gb"), "DE": ("de",), "AT": ("de",), "CH": ("de", "fr"),
    "FR": ("fr",), "BE": ("nl", "fr"), "NL": ("nl",), "ES": ("es",), "PT": ("pt",), "BR": ("pt",), "IT": ("it",),
    "MT": ("it", "gb"), "SE": ("nordic",), "NO": ("nordic",), "DK": ("nordic",), "FI": ("nordic",),
    "IS": ("nordic",), "PL": ("pl",), "LT": ("pl",), "GR": ("gr",), "CY": ("gr",), "JP": ("jp",), "KR": ("jp",),
    "HK": ("jp", "gb"), "SG": ("jp", "gb"), "TH": ("jp",), "US": ("en",), "CA": ("en", "fr"), "AU": ("en", "gb"),
    "ZA": ("en",), "NG": ("en",), "BM": ("en",), "AE": ("me",), "BH": ("me",), "LB": ("me",), "IL": ("me",),
}  # fmt: skip

CITIES: dict[str, tuple[str, ...]] = {
    "GB": (
        "London", "London", "Manchester", "Birmingham", "Leeds", "Sheffield", "Nottingham", "Leicester", "Bristol",
        "Reading", "Edinburgh", "Glasgow", "Liverpool", "Newcastle upon Tyne", "Belfast", "Cardiff", "York", "Bath",
        "Norwich", "Exeter", "Brighton", "Oxford", "Cambridge", "Harrogate", "Shrewsbury", "Inverness",
    ),
    "JE": ("Saint Helier", "Saint Peter Port"), "IE": ("Dublin", "Cork", "Galway", "Limerick", "Kilkenny"),
    "DE": ("Berlin", "Frankfurt am Main", "Hamburg", "Köln", "München", "Leipzig", "Freiburg", "Bremen"),
    "FR": ("Paris", "Rennes", "Strasbourg", "Lyon", "Toulouse", "Nantes", "Lille", "Annecy"),
    "NL": ("Amsterdam", "Utrecht", "Haarlem"), "ES": ("Madrid", "Barcelona", "Sevilla", "Valencia"),
    "BE": ("Bruxelles", "Antwerpen", "Gent"), "CH": ("Zürich", "Genève", "Bern"), "PT": ("Lisboa", "Porto"),
    "SE": ("Göteborg", "Malmö", "Stockholm"), "IT": ("Milano", "Bologna", "Torino"), "AT": ("Wien", "Graz"),
    "AU": ("Sydney", "Melbourne"), "CY": ("Nicosia", "Limassol"), "GR": ("Athina", "Thessaloniki"),
    "AE": ("Dubai",), "DK": ("København", "Aarhus"), "NO": ("Oslo", "Bergen"), "FI": ("Helsinki", "Turku"),
    "US": ("New York", "Los Angeles", "Chicago"), "JP": ("Tokyo", "Kyoto"), "PL": ("Warszawa", "Kraków"),
    "MT": ("Valletta",), "LT": ("Vilnius",), "SG": ("Singapore",), "ZA": ("Cape Town",), "BH": ("Manama",),
    "CA": ("Toronto", "Montréal"), "HK": ("Hong Kong",), "TH": ("Bangkok",), "IL": ("Tel Aviv",),
    "IS": ("Reykjavík",), "KR": ("Seoul",), "BR": ("São Paulo",), "BM": ("Hamilton",), "NG": ("Lagos",),
    "LB": ("Beirut",),
}  # fmt: skip

PHONES: dict[str, tuple[str, int]] = {  # city -> prefix, and how many digits are free after it
    "London": ("+442079460", 3), "Manchester": ("+441614960", 3), "Birmingham": ("+441214960", 3),
    "Leeds": ("+441134960", 3), "Sheffield": ("+441144960", 3), "Leicester": ("+441164960", 3),
    "Bristol": ("+441174960", 3), "Reading": ("+441184960", 3), "Edinburgh": ("+441314960", 3),
    "Glasgow": ("+441414960", 3), "Liverpool": ("+441514960", 3), "Newcastle upon Tyne": ("+441914980", 3),
    "Belfast": ("+442890180", 3), "Cardiff": ("+442920180", 3), "Berlin": ("+493023125", 3),
    "Frankfurt am Main": ("+496990009", 3), "Hamburg": ("+494066969", 3), "Köln": ("+492214710", 3),
    "München": ("+498999998", 3), "Paris": ("+33199001", 3), "Rennes": ("+33261911", 3),
    "Strasbourg": ("+33353011", 3), "Lyon": ("+33465711", 3), "Toulouse": ("+33536491", 3),
    "Göteborg": ("+463139006", 2), "Malmö": ("+464062804", 2), "Stockholm": ("+468465004", 2),
    "Sydney": ("+6125550", 4), "Melbourne": ("+6135550", 4), "New York": ("+121255501", 2),
    "Los Angeles": ("+131055501", 2), "Chicago": ("+131255501", 2),
}  # fmt: skip
