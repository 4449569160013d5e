"""A playbook as a collection strategy of SAP Collections Management, and back (capabilities G29).

Field names are those of SAP's tables: ``UDM_STR_RULE`` (rules of a strategy with their valuation) and
``UDM_RULE_B_RULE`` (basic rules of a rule; X_CONDITION marks a prerequisite). Selections are select-options (SIGN I or
E; OPTION; LOW; HIGH), and without any a basic rule lets everybody pass. SAP adds the valuations of all rules that fire
and takes no order into account, so the rules here exclude each other: exactly one fires for every customer, and the
sum of points is its valuation. A rule may stand in a strategy several times with other selections, as "not" needs it
where an earlier variant comes first.

The basic rules are one's own (SAP: customer name range), each over one figure: see ``BASIC_RULES``. X_ABORT, the exit
rule, stays empty: it would keep the customer off the worklist. SAP has no field for a treatment but the rule's
remark, which holds its name; all else is listed as unexpressed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd

from arseg.schema import SEGMENTS, DataError, require_columns
from arseg.treatments.bridges import FlatRow, as_list, from_list, head_of, put_together, take_apart
from arseg.treatments.bridges_sap_boxes import Box, bounds, without
from arseg.treatments.playbook import Playbook
from arseg.treatments.stages import (
    DISPUTED_SHARE,
    PROMISED_SHARE,
    STAGE_EDGES,
)

RULES: Final = ("COLL_STRATEGY", "SEQUENCE_ID", "RULE_ID", "VALUATION", "X_ABORT", "REMARK")
BASICS: Final = ("RULE_ID", "BASIS_RULE_ID", "X_CONDITION")
SELECTIONS: Final = ("COLL_STRATEGY", "SEQUENCE_ID", "BASIS_RULE_ID", "SIGN", "OPTION", "LOW", "HIGH")

# Basic rule -> the figure of the customer that it reads.
BASIC_RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Z_SEGMENT": "segment by the policy",
        "Z_AT_LAW": "1 where the matter is at law, else 0",
        "Z_DISPUTED": "disputed share of the open balance",
        "Z_PROMISED": "promised share of the overdue balance",
        "Z_DAYS": "days past due of the oldest open item",
        "Z_INDUSTRY": "industry",
        "Z_LANGUAGE": "language",
        "Z_DELIVERY": "invoice_delivery",
        "Z_METHOD": "payment_method",
    }
)

PROFILE_RULES: Final = {
    "industry": "Z_INDUSTRY",
    "language": "Z_LANGUAGE",
    "invoice_delivery": "Z_DELIVERY",
    "payment_method": "Z_METHOD",
}

# Stage -> its code in a rule's id, the most urgent first, as the valuation follows this order.
_CODES: Final = {
    "legal": "LAW",
    "late": "LATE",
    "mid": "MID",
    "early": "EARL",
    "dispute": "DISP",
    "promise": "PROM",
    "before_due": "BDUE",
}

_REMARK: Final = 60

Selection = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class SapStrategy:
    """What a collection strategy can hold, and what it cannot.

    Parameters
    ----------
    rules
        The columns ``RULES``: one row per use of a rule.
    basic_rules
        The columns ``BASICS``.
    selections
        The columns ``SELECTIONS``, all as text but the sequence.
    unexpressed
        segment, stage, variant, field, value (JSON), why. Segment and stage are empty for the head.
    """

    rules: pd.DataFrame
    basic_rules: pd.DataFrame
    selections: pd.DataFrame
    unexpressed: pd.DataFrame


def to_sap(playbook: Playbook) -> SapStrategy:
    """Return a playbook in the shape of a SAP collection strategy.

    Examples
    --------
    >>> from arseg.treatments.playbook import read_playbook
    >>> sap = to_sap(read_playbook("standard"))
    >>> sap.rules[["SEQUENCE_ID", "RULE_ID", "VALUATION"]].head(2).values.tolist()
    [[1, 'ZH_LAW_0', 21], [2, 'ZH_LATE_0', 20]]
    """
    strategy = re.sub(r"\W", "", playbook.name).upper()[:10] or "ARSEG"
    rows = sorted(take_apart(playbook), key=_urgency)
    rules: list[tuple[Any, ...]] = []
    selections: list[tuple[Any, ...]] = []
    for points, row in zip(range(len(rows), 0, -1), rows, strict=True):
        for box in _boxes(row, rows):
            number = len(rules) + 1
            rules.append((strategy, number, _rule_id(row), points, "", row.fields["name"][:_REMARK]))
            selections += [(strategy, number, *chosen) for chosen in _selected(row, box)]
    chosen = pd.DataFrame(selections, columns=list(SELECTIONS))
    used = pd.DataFrame(rules, columns=list(RULES))
    head = [
        ("", "", 0, name, value, "a strategy has no such field") for name, value in head_of(playbook).items()
    ]
    rest = [entry for row in rows for entry in _unexpressed(row)]
    return SapStrategy(used, _basics(used, chosen), chosen, as_list([*head, *rest]))


def from_sap(sap: SapStrategy) -> Playbook:
    """Return the playbook of a strategy and what it could not express.

    A variant may come back for fewer customers than were declared, where those before it take the others anyway.

    Raises
    ------
    DataError
        If columns are missing, a rule is not one that the way there makes, or the playbook is not whole.

    Examples
    --------
    >>> from arseg.treatments.playbook import read_playbook
    >>> book = read_playbook("before_due")
    >>> from_sap(to_sap(book)).table().equals(book.table())
    True
    """
    require_columns(sap.rules.columns, RULES, frame="SAP rules")
    require_columns(sap.selections.columns, SELECTIONS, frame="SAP selections")
    head, listed = from_list(sap.unexpressed)
    rows = []
    for rule, uses in sap.rules.groupby("RULE_ID", sort=False):
        place = _place(str(rule))
        chosen = sap.selections[sap.selections["SEQUENCE_ID"].isin(uses["SEQUENCE_ID"])]
        fields = {"name": uses["REMARK"].iloc[0], **listed.get(place, {})}
        rows.append(FlatRow(*place, bounds(_read_boxes(chosen)) if place[2] else {}, fields))
    return put_together(head, rows)


def _urgency(row: FlatRow) -> tuple[int, int, int]:
    return SEGMENTS.index(row.segment), list(_CODES).index(row.stage), row.variant


def _rule_id(row: FlatRow) -> str:
    return f"Z{row.segment[0]}_{_CODES[row.stage]}_{row.variant}"


def _place(rule: str) -> tuple[str, str, int]:
    """Return the segment, stage and variant of a rule's id."""
    found = re.fullmatch(rf"Z([HML])_({'|'.join(_CODES.values())})_(\d+)", rule)
    if found is None:
        raise DataError(
            f"the SAP rule {rule!r} has no equal in a playbook",
            given=rule,
            allowed="ZSEGMENT_STAGE_VARIANT, as ZH_LATE_0",
            do="export the playbook again, or write it by hand",
        )
    segment = next(name for name in SEGMENTS if name.startswith(found[1]))
    stage = next(name for name, code in _CODES.items() if code == found[2])
    return segment, stage, int(found[3])


def _boxes(row: FlatRow, rows: Iterable[FlatRow]) -> list[Box]:
    """Return for whom a row is, without those whom an earlier variant takes; a row's own treatment comes last."""
    own: Box = {name: (True, frozenset(allowed)) for name, allowed in row.when.items()}
    earlier = [
        other.when
        for other in rows
        if (other.segment, other.stage) == (row.segment, row.stage)
        and other.variant > 0
        and (row.variant == 0 or other.variant < row.variant)
    ]
    return without(own, earlier)


def _selected(row: FlatRow, box: Box) -> Iterator[Selection]:
    yield "Z_SEGMENT", "I", "EQ", row.segment, ""
    yield from _stage_selections(row.stage)
    for name, (inside, listed) in sorted(box.items()):
        for word in sorted(listed):
            yield PROFILE_RULES[name], "I" if inside else "E", "EQ", word, ""


def _stage_selections(stage: str) -> Iterator[Selection]:
    """Give what makes a stage, and what keeps those before it out."""
    yield "Z_AT_LAW", "I", "EQ", "1" if stage == "legal" else "0", ""
    if stage == "legal":
        return
    yield "Z_DISPUTED", "I", "GT" if stage == "dispute" else "LE", repr(DISPUTED_SHARE), ""
    if stage == "dispute":
        return
    yield "Z_PROMISED", "I", "GT" if stage == "promise" else "LE", repr(PROMISED_SHARE), ""
    early, mid, late = STAGE_EDGES
    days = {
        "before_due": ("LT", early, ""),
        "early": ("BT", early, mid - 1),
        "mid": ("BT", mid, late - 1),
        "late": ("GE", late, ""),
    }
    if stage in days:
        option, low, high = days[stage]
        yield "Z_DAYS", "I", option, str(low), str(high)


def _basics(rules: pd.DataFrame, selections: pd.DataFrame) -> pd.DataFrame:
    """Return the basic rules of every rule; the segment is its prerequisite, as a risk class would be."""
    used = rules[["SEQUENCE_ID", "RULE_ID"]].merge(selections, on="SEQUENCE_ID")
    pairs = used[["RULE_ID", "BASIS_RULE_ID"]].drop_duplicates(ignore_index=True)
    return pairs.assign(X_CONDITION=np.where(pairs["BASIS_RULE_ID"] == "Z_SEGMENT", "X", ""))[list(BASICS)]


def _unexpressed(row: FlatRow) -> Iterator[tuple[str, str, int, str, Any, str]]:
    for name, value in row.fields.items():
        if name != "name" or len(value) > _REMARK:
            why = f"a remark has {_REMARK} characters" if name == "name" else "a rule has no such field"
            yield row.segment, row.stage, row.variant, name, value, why


def _read_boxes(selections: pd.DataFrame) -> list[Box]:
    names = {basic: name for name, basic in PROFILE_RULES.items()}
    boxes = []
    for _, of_use in selections.groupby("SEQUENCE_ID"):
        box: Box = {}
        for (basic, sign), chosen in of_use.groupby(["BASIS_RULE_ID", "SIGN"]):
            if basic in names:
                box[names[basic]] = (sign == "I", frozenset(chosen["LOW"]))
        boxes.append(box)
    return boxes
