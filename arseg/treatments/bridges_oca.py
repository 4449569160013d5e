"""A playbook as policies and levels of OCA account_credit_control, and back (capabilities G29).

Field names are those of the models ``credit.control.policy`` and ``credit.control.policy.level``
(OCA/credit-control). OCA gives a customer a policy, so there is one per segment, and dates its levels from the
due day of a line. So the ages after due are levels; before due, disputes, promises, the law, variants, and what a
level has no field for are listed as unexpressed.

What the way there fills in:

- ``name``: of the treatment; ``level``: 1 early, 2 mid, 3 late; ``computation_mode``: net_days (days from the due
  day); ``delay_days``: 1, 31, 61.
- ``channel``: call is phone; portal has no equal: it becomes email, and portal is listed.
- ``email_template_id``: ``arseg.NAME`` of the message template, an external id to be created there.
- ``custom_text``: the template's body, as arseg writes it; its placeholders are not OCA's. The way back reads the
  template's name only. ``custom_mail_text`` is the same; ``custom_text_after_details`` stays empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from arseg.schema import SEGMENTS, DataError, require_columns
from arseg.treatments.bridges import FlatRow, as_list, from_list, head_of, put_together, take_apart
from arseg.treatments.playbook import Playbook
from arseg.treatments.stages import AGE_STAGES, STAGE_EDGES
from arseg.treatments.templates import Templates, read_templates

POLICIES: Final = ("name", "do_nothing", "active")
LEVELS: Final = (
    "policy_id",
    "name",
    "level",
    "computation_mode",
    "delay_days",
    "channel",
    "email_template_id",
    "custom_text",
    "custom_mail_text",
    "custom_text_after_details",
)

# The stages that are levels, and the days after due from which they hold.
DELAYS: Final = dict(zip(AGE_STAGES[1:], STAGE_EDGES, strict=True))

_CHANNELS: Final = {"call": "phone", "email": "email", "letter": "letter"}
_PREFIX: Final = "arseg."


@dataclass(frozen=True)
class OcaPolicies:
    """What OCA can hold, and what it cannot.

    Parameters
    ----------
    policies
        One per segment: name (``PLAYBOOK / SEGMENT``), do_nothing, active.
    levels
        The columns ``LEVELS``; policy_id is the policy's name.
    unexpressed
        segment, stage, variant, field, value (JSON), why. Segment and stage are empty for the head.
    """

    policies: pd.DataFrame
    levels: pd.DataFrame
    unexpressed: pd.DataFrame


def to_oca(playbook: Playbook, *, templates: Templates | None = None, language: str = "en") -> OcaPolicies:
    """Return a playbook in the shape of OCA account_credit_control.

    Parameters
    ----------
    playbook
        From ``read_playbook``.
    templates, language
        Where the custom text comes from; it is empty for a template that is not there.

    Examples
    --------
    >>> from arseg.treatments.playbook import read_playbook
    >>> oca = to_oca(read_playbook("standard"))
    >>> oca.levels[["policy_id", "level", "computation_mode", "delay_days", "channel"]].head(2).values.tolist()
    [['standard / High', 1, 'net_days', 1, 'phone'], ['standard / High', 2, 'net_days', 31, 'phone']]
    """
    known = (read_templates() if templates is None else templates).get(language, {})
    texts = {name: template.body for name, template in known.items()}
    names = [f"{playbook.name} / {segment}" for segment in SEGMENTS]
    policies = pd.DataFrame({"name": names, "do_nothing": False, "active": True})
    rows = take_apart(playbook)
    levels = [_level(playbook, row, texts) for row in rows if _is_level(row)]
    head = [
        ("", "", 0, name, value, "a policy has no such field") for name, value in head_of(playbook).items()
    ]
    rest = [entry for row in rows for entry in _unexpressed(row)]
    return OcaPolicies(policies, pd.DataFrame(levels, columns=list(LEVELS)), as_list([*head, *rest]))


def from_oca(oca: OcaPolicies) -> Playbook:
    """Return the playbook of OCA policies and what they could not express.

    Raises
    ------
    DataError
        If columns are missing, a level is not one that the way there makes, or the playbook is not whole.

    Examples
    --------
    >>> from arseg.treatments.playbook import read_playbook
    >>> book = read_playbook("standard")
    >>> from_oca(to_oca(book)).table().equals(book.table())
    True
    """
    require_columns(oca.levels.columns, LEVELS, frame="OCA levels")
    head, listed = from_list(oca.unexpressed)
    fields = dict(listed)
    for level in oca.levels.itertuples(index=False):
        place = (str(level.policy_id).rpartition(" / ")[2], _stage(level), 0)
        fields[place] = {**_fields(level), **listed.get(place, {})}
    return put_together(head, [_flat(place, dict(own)) for place, own in fields.items()])


def _is_level(row: FlatRow) -> bool:
    return row.stage in DELAYS and row.variant == 0


def _level(playbook: Playbook, row: FlatRow, texts: dict[str, str]) -> dict[str, Any]:
    template = row.fields["template"]
    text = texts.get(template, "")
    return {
        "policy_id": f"{playbook.name} / {row.segment}",
        "name": row.fields["name"],
        "level": 1 + list(DELAYS).index(row.stage),
        "computation_mode": "net_days",
        "delay_days": DELAYS[row.stage],
        "channel": _CHANNELS.get(row.fields["channel"], "email"),
        "email_template_id": f"{_PREFIX}{template}",
        "custom_text": text,
        "custom_mail_text": text,
        "custom_text_after_details": "",
    }


def _unexpressed(row: FlatRow) -> Iterator[tuple[str, str, int, str, Any, str]]:
    place = (row.segment, row.stage, row.variant)
    if not _is_level(row):
        why = (
            "a level has no conditions"
            if row.variant
            else f"no level for {row.stage}: OCA starts after the due day"
        )
        if row.variant:
            yield (*place, "when", {name: list(allowed) for name, allowed in row.when.items()}, why)
        for name, value in row.fields.items():
            yield (*place, name, value, why)
        return
    held = {"name", "template", *(("channel",) if row.fields["channel"] in _CHANNELS else ())}
    for name, value in row.fields.items():
        if name not in held:
            yield (
                *place,
                name,
                value,
                "OCA has no portal" if name == "channel" else "a level has no such field",
            )


def _fields(level: Any) -> dict[str, Any]:
    channels = {oca: own for own, oca in _CHANNELS.items()}
    template = str(level.email_template_id)
    if level.channel not in channels or not template.startswith(_PREFIX):
        raise _strange(level, f"channel {', '.join(channels)} and a template {_PREFIX}NAME")
    return {
        "name": level.name,
        "channel": channels[level.channel],
        "template": template.removeprefix(_PREFIX),
    }


def _stage(level: Any) -> str:
    stages = {days: stage for stage, days in DELAYS.items()}
    if level.computation_mode != "net_days" or level.delay_days not in stages:
        raise _strange(level, f"net_days with a delay of {', '.join(map(str, stages))} days")
    return stages[level.delay_days]


def _flat(place: tuple[str, str, int], own: dict[str, Any]) -> FlatRow:
    when = {name: tuple(allowed) for name, allowed in own.pop("when", {}).items()}
    return FlatRow(*place, when, own)


def _strange(level: Any, allowed: str) -> DataError:
    return DataError(
        f"the OCA level {level.name!r} has no equal in a playbook",
        given=f"{level.computation_mode}, {level.delay_days} days, {level.channel}, {level.email_template_id}",
        allowed=allowed,
        do="change the level, or write the playbook by hand",
    )
