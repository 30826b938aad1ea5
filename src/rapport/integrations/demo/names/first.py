"""Common first names by the language area they are used in."""

from __future__ import annotations

FIRST: dict[str, list[str]] = {
    "gb": (
        "Olivia Amelia Isla Ava Emily Sophie Grace Freya Charlotte Alice Lucy Hannah Emma Rebecca Laura Sarah "
        "Rachel Katie Holly Megan Claire Helen Joanne Karen Susan Alison Fiona Heather Ruth Priya Aisha Fatima "
        "Oliver George Harry Jack Jacob Thomas James William Daniel Samuel Joseph Adam Luke Matthew Andrew David "
        "Mark Paul Stephen Peter Simon Richard Martin Neil Graham Ian Alan Colin Mohammed Arjun Tunde Kwame"
    ).split(),
    "ie": (
        "Aoife Ciara Niamh Saoirse Sinéad Orla Róisín Gráinne Maeve Deirdre Bríd Fionnuala Caoimhe Éabha Nóra Mary "
        "Conor Seán Patrick Cian Oisín Eoin Declan Pádraig Liam Brendan Niall Fergal Kevin Michael Dermot Tadhg"
    ).split(),
    "de": (
        "Anna Lena Marie Sophie Laura Julia Katharina Johanna Hannah Mia Emma Sabine Claudia Petra Monika Ursula "
        "Birgit Heike Andrea Stefanie Nicole Franziska Greta Ayşe Lukas Leon Maximilian Paul Felix Jonas Tobias "
        "Stefan Thomas Michael Andreas Jürgen Klaus Wolfgang Matthias Sebastian Florian Moritz Jan Emre Karl Ulrich"
    ).split(),
    "fr": (
        "Camille Léa Manon Chloé Inès Jade Louise Alice Juliette Claire Sophie Nathalie Isabelle Sandrine Véronique "
        "Céline Aurélie Élodie Amina Margaux Anaïs Mathilde Lucas Hugo Louis Jules Gabriel Arthur Nathan Théo "
        "Antoine Nicolas Julien Pierre François Laurent Philippe Olivier Stéphane Mathieu Étienne Karim Rémi Guillaume"
    ).split(),
    "nl": (
        "Emma Sanne Lotte Anouk Femke Marieke Saskia Ingrid Eva Julia Noor Fleur Daan Sem Bram Thijs Jeroen Pieter "
        "Willem Ruben Maarten Joost Sander Koen"
    ).split(),
    "es": (
        "Lucía María Carmen Paula Laura Marta Elena Cristina Isabel Pilar Ana Rocío Alejandro Daniel Pablo Javier "
        "Carlos Miguel Antonio José Manuel Sergio Álvaro Diego"
    ).split(),
    "pt": (
        "Maria Beatriz Ana Inês Mariana Leonor Catarina Sofia Teresa Rita Joana Marta João Rodrigo Tiago Miguel "
        "Pedro Diogo Rui Nuno Luís Gonçalo Francisco Duarte"
    ).split(),
    "it": (
        "Giulia Sofia Aurora Martina Chiara Francesca Alessia Elena Paola Silvia Federica Giovanna Francesco "
        "Lorenzo Alessandro Matteo Andrea Luca Marco Giuseppe Davide Riccardo Stefano Paolo"
    ).split(),
    "nordic": (
        "Ingrid Astrid Sofie Freja Linnea Elsa Maja Karin Anna Kristina Sigrid Helga Aino Helmi Johanna Guðrún Erik "
        "Lars Nils Anders Johan Oskar Magnus Henrik Mikkel Søren Olav Jón Eero Mikko Antti Bjørn"
    ).split(),
    "pl": (
        "Anna Katarzyna Agnieszka Magdalena Joanna Ewa Zofia Rūta Eglė Piotr Krzysztof Tomasz Paweł Michał Marcin "
        "Jakub Jonas Tomas"
    ).split(),
    "gr": (
        "Maria Eleni Katerina Sofia Georgia Dimitra Anna Ioanna Yiannis Nikos Giorgos Kostas Dimitris Andreas "
        "Christos Panagiotis"
    ).split(),
    "jp": (
        "Yuki Hana Aiko Sakura Yumi Keiko Naoko Mei Jia Min-ji Seo-yeon Hiroshi Takashi Kenji Ren Daiki Wei Jun "
        "Min-ho Somchai"
    ).split(),
    "en": (
        "Emma Olivia Madison Abigail Ashley Jessica Zoe Chloe Thandi Naledi Amara Ngozi Ethan Mason Logan Tyler "
        "Ryan Jordan Cooper Sipho Chidi Marcus Dwayne Nathan"
    ).split(),
    "me": "Layla Noor Mariam Yasmin Tamar Noa Hala Rania Omar Ali Yousef Khalid David Eitan Karim Sami".split(),
}
