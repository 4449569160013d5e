"""A playbook taken apart into flat rows, for other systems, and put together again (capabilities G29).

What another system has no field for is not dropped: it stands in a list of its own, which the way back reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from pydantic import ValidationError

from arseg.schema import SEGMENTS, DataError, require_columns
from arseg.treatments.playbook import Playbook
from arseg.treatments.playbook_rows import FIELDS, default_template
from arseg.treatments.stages import STAGES

UNEXPRESSED: Final = ("segment", "stage", "variant", "field", "value", "why")

# What stands at the head of a playbook; it belongs to no row.
HEAD: Final = tuple(name for name in Playbook.model_fields if name != "treatments")


@dataclass(frozen=True)
class FlatRow:
    """One treatment: of a row (variant 0), or of a variant with the words for whom it is.

    Parameters
    ----------
    segment, stage, variant
        Where it stands.
    when
        Allowed words by score column; empty for variant 0.
    fields
        Every field of the treatment, the template included.
    """

    segment: str
    stage: str
    variant: int
    when: Mapping[str, tuple[str, ...]]
    fields: Mapping[str, Any]


def take_apart(playbook: Playbook) -> list[FlatRow]:
    """Return every treatment of a playbook, by segment, stage and variant.

    Examples
    --------
    >>> from arseg.treatments.playbook import read_playbook
    >>> rows = take_apart(read_playbook("standard"))
    >>> len(rows), rows[1].stage, rows[1].fields["template"]
    (21, 'early', 'reminder')
    """
    return [flat for segment in SEGMENTS for stage in STAGES for flat in _row(playbook, segment, stage)]


def put_together(head: Mapping[str, Any], rows: Iterable[FlatRow]) -> Playbook:
    """Return the playbook of flat rows.

    Parameters
    ----------
    head
        name, version, contacts_per_week and what else stands at the head.
    rows
        In any order; variants are taken in the order of their numbers.

    Raises
    ------
    DataError
        If a row or a field is missing or wrong.
    """
    treatments: dict[str, dict[str, Any]] = {segment: {} for segment in SEGMENTS}
    for flat in sorted(rows, key=lambda row: (row.segment, row.stage, row.variant)):
        of_segment = treatments.setdefault(flat.segment, {})
        if flat.variant == 0:
            of_segment[flat.stage] = {**flat.fields, "variants": []}
        elif flat.stage in of_segment:
            when = {name: list(allowed) for name, allowed in flat.when.items()}
            of_segment[flat.stage]["variants"].append({"when": when, **flat.fields})
    absent = [f"{s} x {t}" for s in SEGMENTS for t in STAGES if t not in treatments[s]]
    if absent:
        raise _refused(f"no treatment for {', '.join(absent)}")
    try:
        return Playbook.model_validate({**head, "treatments": treatments})
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        raise _refused(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def head_of(playbook: Playbook) -> dict[str, Any]:
    """Return what stands at the head of a playbook, as plain data."""
    return playbook.model_dump(mode="json", include=set(HEAD))


def as_list(entries: Iterable[tuple[str, str, int, str, Any, str]]) -> pd.DataFrame:
    """Return the list of what could not be expressed, its values as JSON."""
    rows = [(*entry[:4], json.dumps(entry[4], ensure_ascii=False), entry[5]) for entry in entries]
    return pd.DataFrame(rows, columns=list(UNEXPRESSED))


def from_list(unexpressed: pd.DataFrame) -> tuple[dict[str, Any], dict[tuple[str, str, int], dict[str, Any]]]:
    """Return the head, and the fields of every row, that a list of what could not be expressed holds.

    Raises
    ------
    DataError
        If a column is missing or a value is not JSON.
    """
    require_columns(unexpressed.columns, UNEXPRESSED, frame="list of what could not be expressed")
    head: dict[str, Any] = {}
    rows: dict[tuple[str, str, int], dict[str, Any]] = {}
    for entry in unexpressed.fillna("").itertuples(index=False):
        try:
            # Readers of CSV take the word null for a gap.
            value = json.loads(entry.value or "null")
        except ValueError:
            raise _refused(f"{entry.field} is not JSON: {entry.value!r}") from None
        if entry.segment:
            rows.setdefault((entry.segment, entry.stage, int(entry.variant)), {})[entry.field] = value
        else:
            head[entry.field] = value
    return head, rows


def _row(playbook: Playbook, segment: str, stage: str) -> Iterable[FlatRow]:
    row = playbook.row(segment, stage)
    for number in range(1 + len(row.variants)):
        fields = row.treatment(number).model_dump(include=set(FIELDS))
        fields["template"] = fields["template"] or default_template(stage, fields["tone"]) or None
        when = row.variants[number - 1].condition.box if number else {}
        yield FlatRow(segment, stage, number, when, fields)


def _refused(given: str) -> DataError:
    return DataError(
        "this is no playbook",
        given=given,
        allowed="every segment and stage, with every field of a treatment",
        do="export it again, and keep the list of what could not be expressed beside it",
    )
