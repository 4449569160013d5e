"""The playbook: the declared table segment x stage -> treatment (capabilities S47-S54)."""

from __future__ import annotations

import difflib
import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from arseg.declarations import Declaration, read_declaration, validate
from arseg.schema import AGING_EDGES, SEGMENTS, DataError, UsageError, require_columns

STAGES: Final = ("before_due", "early", "mid", "late", "dispute")

# A customer is in dispute when more than this share of the open balance is.
DISPUTED_SHARE: Final = 0.5

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
)

_FOLDER: Final = Path(__file__).parent / "playbooks"
_STRICT: Final = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)

Amount = Annotated[float, Field(ge=0)]


class Treatment(BaseModel):
    """What a customer gets.

    ``deadline_hours`` counts from the key date, ``cadence_days`` lie between two contacts, ``minutes`` are
    collector minutes per contact, ``cost`` is in the reporting currency, and ``assumed_lift`` is the share
    of the balance likely unpaid that the treatment is assumed to bring in.
    """

    model_config = _STRICT

    name: str = Field(min_length=1)
    channel: Literal["call", "email", "letter", "portal"]
    tone: Literal["nudge", "reminder", "firm"]
    handling: Literal["automatic", "collector", "expert"]
    deadline_hours: Amount
    cadence_days: int = Field(ge=1)
    minutes: Amount
    cost: Amount
    assumed_lift: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _only_collectors_spend_minutes(self) -> Treatment:
        if (self.minutes > 0) != (self.handling == "collector"):
            message = "minutes above 0 where a collector handles it, and 0 elsewhere"
            raise ValueError(message)
        return self


# Treatments may be absent here so that a misspelt key is reported as such, with the one that was
# meant; read_playbook then refuses what is missing.
class Stages(BaseModel):
    """The treatments of one segment, by stage of the oldest open item."""

    model_config = _STRICT

    before_due: Treatment | None = None
    early: Treatment | None = None
    mid: Treatment | None = None
    late: Treatment | None = None
    dispute: Treatment | None = None


class Segments(BaseModel):
    """The stages of every segment."""

    model_config = _STRICT

    High: Stages = Stages()
    Medium: Stages = Stages()
    Low: Stages = Stages()


class Playbook(BaseModel):
    """The table segment x stage -> treatment, as declared in YAML; see ``read_playbook``."""

    model_config = _STRICT

    name: str = Field(min_length=1)
    version: int = Field(ge=1)
    contacts_per_week: int = Field(ge=1)
    treatments: Segments

    @property
    def hash(self) -> str:
        """SHA-256, in hex, of what the file declares; its comments and the order of its keys do not matter."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def treatment(self, segment: str, stage: str) -> Treatment:
        """Return the treatment of a segment at a stage.

        Examples
        --------
        >>> read_playbook("standard").treatment("Medium", "early").deadline_hours
        48.0
        """
        found = getattr(getattr(self.treatments, segment, None), stage, None)
        if not isinstance(found, Treatment):
            raise UsageError(
                f"the playbook {self.name!r} has no treatment for {segment} x {stage}",
                given=f"{segment} x {stage}",
                allowed=f"{', '.join(SEGMENTS)} x {', '.join(STAGES)}",
                do=f"declare {stage} under {segment}",
            )
        return found

    def table(self) -> pd.DataFrame:
        """Return one row per segment and stage: ``PRESCRIBED`` without customer_id."""
        rows = [self._row(segment, stage) for segment in SEGMENTS for stage in STAGES]
        return pd.DataFrame(rows, columns=list(PRESCRIBED[1:]))

    def prescribe(self, segmentation: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
        """Return the treatment of every customer.

        Parameters
        ----------
        segmentation
            One row per customer: customer_id, segment.
        scores
            Customer scores of the same customers, in any order.

        Returns
        -------
        frame
            The columns ``PRESCRIBED``, sorted by customer_id.

        Raises
        ------
        DataError
            If the customers of the two frames differ or repeat, or a segment is not known.
        """
        require_columns(segmentation.columns, ("customer_id", "segment"), frame="segmentation")
        require_columns(scores.columns, ("customer_id",), frame="customer scores")
        _refuse_strangers(segmentation, scores)
        stages = pd.DataFrame({"customer_id": scores["customer_id"], "stage": stage_of(scores)})
        wanted = segmentation[["customer_id", "segment"]].merge(stages, on="customer_id", validate="1:1")
        prescribed = wanted.merge(self.table(), on=["segment", "stage"], how="left", validate="m:1")
        return prescribed[list(PRESCRIBED)].sort_values("customer_id", ignore_index=True)

    def _row(self, segment: str, stage: str) -> dict[str, Any]:
        declared = self.treatment(segment, stage).model_dump()
        return {"segment": segment, "stage": stage, "treatment": declared.pop("name"), **declared}


def read_playbook(name_or_path: str | Path) -> Playbook:
    """Read a playbook that comes with arseg, by name, or one's own, by path.

    Parameters
    ----------
    name_or_path
        ``standard``, or the path of a YAML file.

    Raises
    ------
    UsageError
        If it does not exist, has an unknown key or a wrong value, or lacks the treatment of a segment
        at a stage.

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


def stage_of(scores: pd.DataFrame) -> pd.Series:
    """Return the stage of each customer, by index of the scores.

    dispute where more than half of the open balance is disputed; else by the days past due of the
    oldest open item: before_due (the due day included), early (1-30), mid (31-60), late (over 60).

    Examples
    --------
    >>> stage_of(pd.DataFrame({"oldest_days_past_due": [0, 30, 99], "open_balance": 10.0,
    ...                        "disputed_balance": [5.0, 0.0, 6.0]})).tolist()
    ['before_due', 'early', 'dispute']
    """
    needed = ("oldest_days_past_due", "open_balance", "disputed_balance")
    require_columns(scores.columns, needed, frame="customer scores")
    by_age = np.array(STAGES[:4])[
        np.searchsorted(AGING_EDGES[:3], scores["oldest_days_past_due"], side="right")
    ]
    disputed = scores["disputed_balance"] > DISPUTED_SHARE * scores["open_balance"]
    return pd.Series(np.where(disputed, "dispute", by_age), index=scores.index, name="stage", dtype="str")


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
