"""Common last names by the language area they are used in."""

from __future__ import annotations

LAST: dict[str, list[str]] = {
    "gb": (
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts "
        "Green Hall Wood Jackson Clarke Patel Khan Lewis Harris Turner Hill Scott Cooper Morris Ward Moore Clark "
        "Lee King Baker Harrison Morgan Allen James Phillips Watson Parker Bennett Young Hughes Edwards Mitchell "
        "Kelly Cook Carter Richardson Bailey Begum Singh Campbell Stewart MacDonald Fraser Okafor Mensah Ahmed Price"
    ).split(),
    "ie": (
        "Murphy Kelly O'Sullivan Walsh Smith O'Brien Byrne Ryan O'Connor O'Neill Reilly Doyle McCarthy Gallagher "
        "Doherty Kennedy Lynch Murray Quinn Moore McLoughlin Carroll Connolly Daly Nolan Fitzgerald Brady Kavanagh"
    ).split(),
    "de": (
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein "
        "Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann Köhler "
        "Huber Gruber Keller Steiner Yılmaz Brunner Vogel Frank Berger Winkler Lorenz"
    ).split(),
    "fr": (
        "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garcia "
        "David Bertrand Roux Vincent Fournier Morel Girard André Lefèvre Mercier Dupont Lambert Bonnet François "
        "Martinez Legrand Garnier Faure Rousseau Blanc Guérin Muller Henry Benali Perrin"
    ).split(),
    "nl": (
        "Jansen Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Kok Jacobs Vermeulen "
        "Willems Maes Claes Wouters Goossens"
    ).split(),
    "es": (
        "García Fernández González Rodríguez López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz "
        "Moreno Álvarez Muñoz Romero Alonso Gutiérrez"
    ).split(),
    "pt": (
        "Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Martins Sousa Fernandes Gonçalves Gomes Lopes "
        "Marques Alves Almeida Ribeiro Pinto Carvalho Teixeira"
    ).split(),
    "it": (
        "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti Costa Mancini "
        "Giordano Rizzo Lombardi Moretti Borg"
    ).split(),
    "nordic": (
        "Andersson Johansson Karlsson Nilsson Eriksson Larsson Hansen Johansen Olsen Larsen Jensen Nielsen Pedersen "
        "Andersen Korhonen Virtanen Mäkinen Nieminen Lindqvist Berg Haugen Dahl Jónsdóttir Lund"
    ).split(),
    "pl": "Nowak Kowalczyk Wójcik Zając Mazur Kaczmarek Wróbel Król Kubiak Pawlak Kazlauskas Petrauskas".split(),
    "gr": (
        "Papadopoulos Georgiou Ioannou Nikolaou Dimitriou Christodoulou Andreou Kostas Makris Pappas Constantinou Savva"
    ).split(),
    "jp": "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kim Park Choi Lim Tan Wong Chan Lau".split(),
    "en": (
        "Anderson Miller Davis Garcia Nguyen Thompson Martin Walker Robinson Reid Murray Botha Naidoo Nkosi Dlamini "
        "Okoro Adeyemi Baptiste Charles Grant"
    ).split(),
    "me": "Haddad Khoury Mansour Nasser Saleh Al-Khalifa Cohen Levi Mizrahi Aziz Rahman Farah".split(),
}
