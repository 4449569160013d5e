"""The playbook: the declared table segment x stage -> treatment (capabilities S47-S54)."""

from __future__ import annotations

import difflib
import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
from pydantic import BaseModel, BeforeValidator, Field

from arseg.declarations import Declaration, read_declaration, validate
from arseg.schema import SEGMENTS, DataError, UsageError, require_columns
from arseg.schema.shown import Shown
from arseg.treatments.playbook_rows import STRICT, Row, Treatment, default_template
from arseg.treatments.stages import STAGES, stage_of

__all__ = ["PRESCRIBED", "STAGES", "Playbook", "Treatment", "read_playbook", "stage_of"]

PRESCRIBED: Final = (
    "customer_id",
    "segment",
    "stage",
    "treatment",
    "channel",
    "tone",
    "handling",
    "deadline_hours",
    "cadence_days",
    "minutes",
    "cost",
    "assumed_lift",
    "template",
    "variant",
)

_FOLDER: Final = Path(__file__).parent / "playbooks"

MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$", description="MM-DD")]


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


# Treatments may be absent here so that a misspelt key is reported as such, with the one that was
# meant; read_playbook then refuses what is missing.
class Stages(BaseModel):
    """The treatments of one segment, by stage."""

    model_config = STRICT

    before_due: Row | None = None
    early: Row | None = None
    mid: Row | None = None
    late: Row | None = None
    dispute: Row | None = None
    promise: Row | None = None
    legal: Row | None = None


class Segments(BaseModel):
    """The stages of every segment."""

    model_config = STRICT

    High: Stages = Stages()
    Medium: Stages = Stages()
    Low: Stages = Stages()


class Playbook(Shown, BaseModel):
    """The table segment x stage -> treatment, as declared in YAML; see ``read_playbook``.

    ``contacts_per_week`` and ``contacts_per_month`` (30 days) are caps per customer; on ``quiet_days``
    (MM-DD) nobody is contacted, whatever the country.
    """

    model_config = STRICT

    name: str = Field(min_length=1)
    version: int = Field(ge=1)
    contacts_per_week: int = Field(ge=1)
    contacts_per_month: int = Field(default=30, ge=1)
    quiet_days: Annotated[tuple[MonthDay, ...], BeforeValidator(_listed), Field(max_length=300)] = ()
    treatments: Segments

    @property
    def hash(self) -> str:
        """SHA-256, in hex, of what the file declares; its comments and the order of its keys do not matter."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def row(self, segment: str, stage: str) -> Row:
        """Return the row of a segment at a stage, with its variants."""
        found = getattr(getattr(self.treatments, segment, None), stage, None)
        if not isinstance(found, Row):
            raise UsageError(
                f"the playbook {self.name!r} has no treatment for {segment} x {stage}",
                given=f"{segment} x {stage}",
                allowed=f"{', '.join(SEGMENTS)} x {', '.join(STAGES)}",
                do=f"declare {stage} under {segment}",
            )
        return found

    def treatment(self, segment: str, stage: str) -> Treatment:
        """Return the treatment of a segment at a stage, for whom no variant holds.

        Examples
        --------
        >>> read_playbook("standard").treatment("Medium", "early").deadline_hours
        48.0
        """
        return self.row(segment, stage).treatment()

    def table(self) -> pd.DataFrame:
        """Return one row per segment, stage and variant: ``PRESCRIBED`` without customer_id."""
        return self._numbered()[list(PRESCRIBED[1:])]

    def prescribe(self, segmentation: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
        """Return the treatment of every customer.

        Parameters
        ----------
        segmentation
            One row per customer: customer_id, segment.
        scores
            Customer scores of the same customers, in any order. Where a column that variants read is
            absent, none of them holds.

        Returns
        -------
        frame
            The columns ``PRESCRIBED``, sorted by customer_id. ``variant`` says for whom it is, empty where
            the row's own treatment stands.

        Raises
        ------
        DataError
            If the customers of the two frames differ or repeat, or a segment is not known.
        """
        require_columns(segmentation.columns, ("customer_id", "segment"), frame="segmentation")
        require_columns(scores.columns, ("customer_id",), frame="customer scores")
        _refuse_strangers(segmentation, scores)
        staged = scores.assign(stage=stage_of(scores)).drop(columns="segment", errors="ignore")
        wanted = segmentation[["customer_id", "segment"]].merge(staged, on="customer_id", validate="1:1")
        wanted["number"] = self._variants(wanted)
        keys = ["segment", "stage", "number"]
        prescribed = wanted[["customer_id", *keys]].merge(
            self._numbered(), on=keys, how="left", validate="m:1"
        )
        return prescribed[list(PRESCRIBED)].sort_values("customer_id", ignore_index=True)

    def _variants(self, wanted: pd.DataFrame) -> np.ndarray:
        number = np.zeros(len(wanted), dtype="int64")
        for (segment, stage), rows in wanted.groupby(["segment", "stage"]).indices.items():
            number[rows] = self.row(segment, stage).variant_of(wanted.iloc[rows])
        return number

    def _numbered(self) -> pd.DataFrame:
        """Return the table with the number of each variant; 0 is the row's own treatment."""
        rows = [
            self._declared(segment, stage, number)
            for segment in SEGMENTS
            for stage in STAGES
            for number in range(1 + len(self.row(segment, stage).variants))
        ]
        return pd.DataFrame(rows).astype({"template": "str", "variant": "str"})

    def _declared(self, segment: str, stage: str, number: int) -> dict[str, Any]:
        row = self.row(segment, stage)
        declared = row.treatment(number).model_dump()
        template = declared.pop("template") or default_template(stage, declared["tone"])
        place = {"segment": segment, "stage": stage, "number": number, "treatment": declared.pop("name")}
        variant = str(row.variants[number - 1].condition) if number else ""
        return {**place, **declared, "template": template, "variant": variant}


def read_playbook(name_or_path: str | Path) -> Playbook:
    """Read a playbook that comes with arseg, by name, or one's own, by path.

    Parameters
    ----------
    name_or_path
        ``standard``, ``promises``, ``amount_and_credit``, ``before_due``, or the path of a YAML file.

    Raises
    ------
    UsageError
        If it does not exist, has an unknown key or a wrong value, lacks the treatment of a segment
        at a stage, or has a variant that no customer reaches.

    Examples
    --------
    >>> read_playbook("standard").treatment("High", "late").tone
    'firm'
    """
    declaration = read_declaration(_find(name_or_path))
    playbook = validate(declaration, Playbook)
    for segment in SEGMENTS:
        for stage in STAGES:
            _refuse_gap(playbook, declaration, segment=segment, stage=stage)
    return playbook


def _find(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.suffix or len(path.parts) != 1:
        return path
    shipped = sorted(file.stem for file in _FOLDER.glob("*.yaml"))
    if path.name not in shipped:
        near = difflib.get_close_matches(path.name, shipped, n=1)
        raise UsageError(
            f"there is no playbook {path.name!r}",
            given=path.name,
            allowed=f"{', '.join(shipped)}, or the path of a YAML file",
            do=f"write {near[0]!r}" if near else "choose one of those allowed",
        )
    return _FOLDER / f"{path.name}.yaml"


def _refuse_gap(playbook: Playbook, declaration: Declaration, *, segment: str, stage: str) -> None:
    if getattr(getattr(playbook.treatments, segment), stage) is None:
        line = declaration.line(("treatments", segment, stage))
        raise UsageError(
            f"the playbook has no treatment for {segment} x {stage}",
            given=f"{declaration.path}, line {line}",
            allowed="one treatment for every segment and stage",
            do=f"declare {stage} under {segment}",
        )


def _refuse_strangers(segmentation: pd.DataFrame, scores: pd.DataFrame) -> None:
    """Refuse frames that do not speak of the same customers once each, or of an unknown segment."""
    segmented, scored = segmentation["customer_id"], scores["customer_id"]
    odd = sorted(set(segmented) ^ set(scored)) or sorted(
        {*segmented[segmented.duplicated()], *scored[scored.duplicated()]}
    )
    if odd:
        raise DataError(
            f"segmentation and customer scores do not match for {len(odd)} customers",
            given=odd[:3],
            allowed="the same customers in both, once each",
            do="segment the scores of the same key date",
        )
    wrong = segmentation.loc[~segmentation["segment"].isin(SEGMENTS), ["customer_id", "segment"]]
    if len(wrong):
        raise DataError(
            f"{len(wrong)} customers have a segment that the playbook does not know",
            given=wrong.head(3).to_numpy().tolist(),
            allowed=", ".join(SEGMENTS),
            do="segment them with a policy of arseg.policies",
        )
