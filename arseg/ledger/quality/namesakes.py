"""Customers who may be one: listed with the reason, never merged.

Two debtors of one name may be two branches, and two names one debtor. Only somebody who knows them
can say, so nothing here changes a row. Blocking by folded name keeps the time linear.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import duckdb
import pandas as pd

from arseg.ledger.quality.finding import Finding
from arseg.ledger.storing.store import Ledger

# Groups that a finding spells out, and ids that it shows of each.
SHOWN: Final = 5
IDS_SHOWN: Final = 4

_FORMS: Final = (
    "ab ag aps as asa bv co company corp corporation doo eg ev gk gmbh inc incorporated kft kg kgaa kk lda "
    "limited llc llp lp ltd ltda mbh nv ohg oy oyj plc pte pty pvt sa sapi sarl sas sca se sl slu snc sp spa "
    "spk oo spzoo srl sro ug zoo zrt"
)
LEGAL_FORMS: Final = frozenset(_FORMS.split())
# What may stand at the end without being part of the name; the last letter is left of "sp. z o.o.".
_TAIL: Final = LEGAL_FORMS | {"and", "und", "et", "y", "e", "z"}

SAME_NAME: Final = "same name but for its spelling and legal form"
SAME_LETTERS: Final = "same name but for its spaces"
SAME_PARENT: Final = "same parent"


@dataclass(frozen=True)
class Namesakes:
    """Customers who may be one, and why; ids in order."""

    why: str
    customer_ids: tuple[str, ...]


def folded(name: str) -> str:
    """Return what is left of a name without case, punctuation, width and legal form.

    Examples
    --------
    >>> folded("ACME  Widgets, S. L."), folded("Müller & Co. KG"), folded("GmbH")
    ('acme widgets', 'müller', 'gmbh')
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    # A full stop or an apostrophe stands within a word, any other mark between two.
    kept = "".join(c if c.isalnum() or unicodedata.category(c) in ("Mn", "Mc") else _gap(c) for c in text)
    words = _joined(kept.split())
    while len(words) > 1 and words[-1] in _TAIL:
        words.pop()
    return " ".join(words)


def _gap(character: str) -> str:
    category = unicodedata.category(character)
    return "" if character in ".'\u2019`" or category == "Cf" else " "


def _joined(words: list[str]) -> list[str]:
    """Join single letters at the end, so that S L reads as SL does."""
    place = len(words)
    while place > 1 and len(words[place - 1]) == 1:
        place -= 1
    tail = "".join(words[place:])
    return [*words[:place], tail] if tail in LEGAL_FORMS else words


def group(names: Mapping[str, str | None], parents: Mapping[str, str | None]) -> list[Namesakes]:
    """Return the groups of customers who may be one.

    Parameters
    ----------
    names
        Name by customer_id.
    parents
        ``customer_id`` of the group's head by customer_id.

    Returns
    -------
    list of Namesakes
        Same names first, then same letters, then same parents; each by its ids. A group of same letters
        has at least two spellings, or it would be one of same names.
    """
    spelt: dict[str, list[str]] = defaultdict(list)
    for customer, name in sorted(names.items()):
        if name and (key := folded(name)):
            spelt[key].append(customer)
    letters: dict[str, list[str]] = defaultdict(list)
    for key in spelt:
        letters[key.replace(" ", "")].append(key)
    family: dict[str, list[str]] = defaultdict(list)
    for customer, parent in sorted(parents.items()):
        if parent and parent != customer:
            family[parent].append(customer)
    together = [
        [customer for key in keys for customer in spelt[key]] for keys in letters.values() if keys[1:]
    ]
    return [
        *_groups(SAME_NAME, spelt.values()),
        *_groups(SAME_LETTERS, together),
        *_groups(SAME_PARENT, family.values()),
    ]


def _groups(why: str, found: Iterable[list[str]]) -> list[Namesakes]:
    return [Namesakes(why, ids) for ids in sorted(tuple(sorted(each)) for each in found if each[1:])]


def possible_duplicates(ledger: Ledger) -> pd.DataFrame:
    """Return every customer who may be another, for somebody who knows them.

    Returns
    -------
    DataFrame
        group (a number), why, customer_id, name; it holds names, so it stays in the house.
    """
    with closing(ledger.connect()) as connection:
        names, groups = _read(connection)
    rows = [
        (number, each.why, customer, names.get(customer))
        for number, each in enumerate(groups, start=1)
        for customer in each.customer_ids
    ]
    kinds = {"group": "int64", "why": "str", "customer_id": "str", "name": "str"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def find_namesakes(connection: duckdb.DuckDBPyConnection, *, shown: int = SHOWN) -> list[Finding]:
    """Count the groups by reason, and spell out the first of each by id."""
    _, groups = _read(connection)
    findings = []
    for why in (SAME_NAME, SAME_LETTERS, SAME_PARENT):
        own = [each.customer_ids for each in groups if each.why == why]
        if own:
            said = "; ".join(_said(ids) for ids in own[:shown])
            rest = f"; and {len(own) - shown:,} more" if len(own) > shown else ""
            message = (
                f"{len(own):,} groups of customers may be one each ({why}); none is merged: {said}{rest}"
            )
            related = why == SAME_PARENT
            severity, code = ("note", "related_customers") if related else ("warning", "duplicate_customers")
            findings.append(Finding(severity, code, message, len(own)))  # type: ignore[arg-type]
    return findings


def _said(ids: tuple[str, ...]) -> str:
    rest = f" and {len(ids) - IDS_SHOWN:,} more" if len(ids) > IDS_SHOWN else ""
    return ", ".join(ids[:IDS_SHOWN]) + rest


def _read(connection: duckdb.DuckDBPyConnection) -> tuple[dict[str, str | None], list[Namesakes]]:
    rows = connection.execute(
        "SELECT customer_id, arg_max(name, known_on), arg_max(parent, known_on) FROM customers GROUP BY customer_id"
    ).fetchall()
    names = {customer: name for customer, name, _ in rows}
    return names, group(names, {customer: parent for customer, _, parent in rows})
