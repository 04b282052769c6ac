"""Read the French words by which a name is told from a place, and a person from what is said of one."""

from __future__ import annotations

from importlib.resources import files

_PARTS = (files("shared.people") / "vocabulary.txt").read_text("utf-8").split("\n[")[1:]
_LISTS = {name: frozenset(words.split()) for name, _, words in (part.partition("]\n") for part in _PARTS)}

STREETS = _LISTS["streets"]
"""What is named after anybody, and never after a person who is met."""
STRONG = STREETS | _LISTS["strong"]
"""With a name right behind it, the name is the place's."""
WEAK = _LISTS["weak"]
"""With a family name behind the first name, or a capital of its own, the name is the place's."""
SHOPS = _LISTS["shops"]
SHOP_GOODS = _LISTS["shop_goods"]
"""What a shop sells or does: behind « salon de » or « Chez Laura »."""
FILLERS = _LISTS["fillers"]
TITLES = _LISTS["titles"]
"""What stands before the name of one after whom a place is named."""
SAINTS = _LISTS["saints"]
KIN = _LISTS["kin"]
"""Whose « de X » is a person: le fils de Rose."""
IDIOMS = _LISTS["idioms"]
"""Behind « fille de », a way of speaking."""
MET = _LISTS["met"]
"""A bare noun behind these is a name: « vu pierre », « chez rose »."""
SEEN = _LISTS["seen"]
"""Behind these, as behind « avec », clothes are as likely as a person."""
NAMED = _LISTS["named"]
ANIMALS = _LISTS["animals"]
ADMIRED = _LISTS["admired"]
"""Whoever is said behind these plays or sings, and is not met."""
MOSTLY_NAMES = _LISTS["mostly_names"]
"""Words that, at the beginning of a note, are a person without a capital too: « pierre au marché »."""
DOES = _LISTS["does"]
"""What follows a name that begins a sentence."""
WHERE = _LISTS["where"]
DETERMINERS = _LISTS["determiners"]
CLOTHES_AND_COLOURS = _LISTS["clothes_and_colours"]
ABSTRACT = _LISTS["abstract"]
"""Said behind « avec » of no person."""
TOWNS = _LISTS["towns"]
FEASTS = _LISTS["feasts"]
WHEN_OR_WHERE_TO = _LISTS["when_or_where_to"]
CARS = _LISTS["cars"]
"""Cars and shoes that bear a first name, or the other way round."""
CAR_WORDS = _LISTS["car_words"]
COLOURS = _LISTS["colours"]
NO_NAMES = _LISTS["no_names"]
"""Words that are a first name when their accents are taken off."""
ACRONYMS = _LISTS["acronyms"]
"""In capital letters, a service; otherwise a first name."""
FAMOUS = frozenset(name.replace("_", " ") for name in _LISTS["famous"])
"""Of whom the whole territory speaks: no person met bears these names together."""
CIVILITIES = _LISTS["civilities"]
PARTICLES = _LISTS["particles"]
OFFICES = _LISTS["offices"]
"""Behind a civility, an office or nobody: « monsieur le maire », « Mme la préfète », « M. X »."""
SAID_OF_PEOPLE = _LISTS["said_of_people"]
SAID_ENDINGS = tuple(sorted(_LISTS["said_endings"]))
"""What ends an adjective: behind a civility in lower case, such a word tells of the person."""
ASKED = _LISTS["asked"]
"""Behind these a capital is as often a shop or a service."""
KNOWN_WORDS = (
    STRONG
    | WEAK
    | FILLERS
    | TITLES
    | SAID_OF_PEOPLE
    | OFFICES
    | TOWNS
    | DETERMINERS
    | CAR_WORDS
    | _LISTS["organisations"]
)
"""Capitals that are no unknown name."""
