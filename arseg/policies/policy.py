"""What every policy is, the door its scores come through, and how one is found by name.

A policy is a frozen dataclass of plain parameters that maps customer scores to exactly one
segment each (capabilities S39, S43). It prints as one would write it, so that its ``repr`` is
its name in reports, its line in an experiment and the text under its hash.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import importlib
import math
import numbers
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import pandas as pd

from arseg.schema import SEGMENTATION, SEGMENTS, DataError, UsageError, require_columns


class Policy(Protocol):
    """A rule from customer scores to one segment each.

    ``needs`` names the columns of the customer scores that the policy reads. The class is a frozen
    dataclass whose fields are plain values.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    needs: ClassVar[tuple[str, ...]]

    def assign(self, scores: pd.DataFrame) -> pd.DataFrame:
        """Return one row per customer: segmentation of schema.py, sorted by customer_id."""
        ...

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as plain values; ``make_policy`` takes them back."""
        ...


def all_policies() -> tuple[type[Policy], ...]:
    """Return every policy class of this room, sorted by name.

    Examples
    --------
    >>> [kind.__name__ for kind in all_policies()]
    ['AgingBuckets', 'OneSizeFitsAll', 'RiskTiers', 'WeightedScore']
    """
    found = {
        name: thing
        for module in pkgutil.iter_modules([str(Path(__file__).parent)], prefix=f"{__package__}.")
        for name, thing in vars(importlib.import_module(module.name)).items()
        if _is_policy(thing, module.name)
    }
    return tuple(found[name] for name in sorted(found))


def make_policy(name: str, parameters: Mapping[str, Any] | None = None) -> Policy:
    """Return the policy of that name with those parameters.

    Parameters
    ----------
    name
        Class name of a policy of this room.
    parameters
        Its parameters by name; those left out keep their defaults.

    Raises
    ------
    UsageError
        If there is no such policy or parameter (naming the near one), or a value is refused.

    Examples
    --------
    >>> make_policy("RiskTiers", {"medium_from": 0.1})
    RiskTiers(medium_from=0.1)
    """
    kinds = {kind.__name__: kind for kind in all_policies()}
    if name not in kinds:
        raise _unknown(f"there is no policy {name!r}", name, list(kinds))
    given = dict(parameters or {})
    known = [field.name for field in dataclasses.fields(kinds[name])]
    for key in given:
        if key not in known:
            raise _unknown(f"{name} has no parameter {key!r}", key, known)
    build: Callable[..., Policy] = kinds[name]
    return build(**given)


def policy_hash(policy: Policy) -> str:
    """Return the SHA-256, in hex, of the policy as written.

    Examples
    --------
    >>> policy_hash(make_policy("AgingBuckets"))[:12]
    'd40db4aa0cc2'
    """
    return hashlib.sha256(repr(policy).encode()).hexdigest()


def plain_parameters(policy: Policy) -> dict[str, Any]:
    """Return the fields of a policy as plain values, mappings as dicts."""
    values = {field.name: getattr(policy, field.name) for field in dataclasses.fields(policy)}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def as_written(policy: Policy) -> str:
    """Return the policy as one would write it: only parameters that differ from their default."""
    parts = [
        f"{field.name}={value!r}"
        for field in dataclasses.fields(policy)
        if (value := plain_parameters(policy)[field.name]) != _default(field)
    ]
    return f"{type(policy).__name__}({', '.join(parts)})"


def admit(scores: pd.DataFrame, needs: Sequence[str], *, complete: Sequence[str] = ()) -> pd.DataFrame:
    """Return the needed columns of the scores, sorted by customer_id, numbers as float64.

    Parameters
    ----------
    scores
        Customer scores, one row per customer, in any order.
    needs
        Columns that must be there; other than customer_id they are numbers.
    complete
        Columns among them that no customer may lack.

    Raises
    ------
    DataError
        If columns are missing (all are named), a customer stands twice or has no id, a column is
        not of numbers, or a complete column has gaps.
    """
    require_columns(scores.columns, needs, frame="customer scores")
    ids = scores["customer_id"]
    if ids.isna().any() or ids.duplicated().any() or not (ids.empty or pd.api.types.is_string_dtype(ids)):
        wrong = ids[ids.isna() | ids.duplicated()].head(3).tolist() or [ids.dtype]
        raise DataError(
            "customer scores do not have one text customer_id per row",
            given=wrong,
            allowed="every customer exactly once, ids as text",
            do="aggregate the scores to one row per customer",
        )
    columns = {name: _floats(scores[name]) for name in needs if name != "customer_id"}
    table = pd.DataFrame({"customer_id": ids.astype("str").to_numpy(), **columns})
    for name in complete:
        _refuse_gaps(table, name)
    return table.sort_values("customer_id", ignore_index=True)


def tiers(risk: np.ndarray, *, medium_from: float, high_from: float) -> np.ndarray:
    """Return High where risk >= high_from, else Medium where risk >= medium_from, else Low; shape (n,).

    Examples
    --------
    >>> tiers(np.array([0.1, 0.2, 0.5]), medium_from=0.2, high_from=0.5).tolist()
    ['Low', 'Medium', 'High']
    """
    high, medium, low = SEGMENTS
    return np.where(risk >= high_from, high, np.where(risk >= medium_from, medium, low))


def rules(medium_from: object, high_from: object) -> dict[str, str]:
    """Return, per segment, the threshold that decided, in words.

    Examples
    --------
    >>> rules(1, 31)["Low"]
    'Low below 1'
    """
    high, medium, low = SEGMENTS
    return {
        high: f"{high} from {high_from}",
        medium: f"{medium} from {medium_from}",
        low: f"{low} below {medium_from}",
    }


def segmentation(
    customers: Iterable[str],
    segments: Iterable[str],
    why: Iterable[str],
    cells: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Return the frame ``schema.SEGMENTATION``; each has one entry per customer, cells are the segments where None."""
    segments = list(segments)
    columns = dict(zip(SEGMENTATION.names, (customers, segments, why, cells or segments), strict=True))
    return pd.DataFrame({name: pd.Series(list(values), dtype="str") for name, values in columns.items()})


def checked_number(value: object, *, name: str) -> float:
    """Return a finite number as float; ``name`` says in the error what it is.

    Raises
    ------
    UsageError
        If it is text, true, false, NaN or infinite.
    """
    if not isinstance(value, bool) and isinstance(value, numbers.Real) and math.isfinite(value):
        return float(value)
    raise UsageError(
        f"{name} is not a number", given=repr(value), allowed="a number", do=f"give {name} as 0.5"
    )


def check_thresholds(owner: str, thresholds: tuple[float, float], *, within: tuple[float, float]) -> None:
    """Refuse a pair (medium_from, high_from) that is not ordered or leaves its range.

    Raises
    ------
    UsageError
        Unless lowest <= medium_from < high_from <= highest.
    """
    (medium_from, high_from), (lowest, highest) = thresholds, within
    given = f"medium_from={medium_from}, high_from={high_from}"
    if not lowest <= medium_from <= highest or not lowest <= high_from <= highest:
        raise UsageError(
            f"{owner}: a threshold is out of range",
            given=given,
            allowed=f"{lowest} to {highest}",
            do="move it into the range",
        )
    if medium_from >= high_from:
        raise UsageError(
            f"{owner}: the thresholds are not ordered",
            given=given,
            allowed="medium_from < high_from",
            do="raise high_from or lower medium_from",
        )


def _is_policy(thing: object, module: str) -> bool:
    """Whether a policy class is defined in that module, not merely imported there."""
    written_here = getattr(thing, "__module__", "") == module
    return written_here and dataclasses.is_dataclass(thing) and hasattr(thing, "assign")


def _unknown(what: str, given: str, allowed: Sequence[str]) -> UsageError:
    near = difflib.get_close_matches(given, allowed, n=1)
    hint = f"write {near[0]!r}" if near else "choose one of those allowed"
    return UsageError(what, given=given, allowed=", ".join(allowed) or "none", do=hint)


def _default(field: dataclasses.Field[Any]) -> Any:
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()


def _floats(column: pd.Series) -> np.ndarray:
    try:
        return column.to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError):
        raise DataError(
            f"customer scores: {column.name} is not a column of numbers",
            given=column.dtype,
            allowed="numbers, empty where unknown",
            do="convert it when the scores are read",
        ) from None


def _refuse_gaps(table: pd.DataFrame, name: str) -> None:
    gaps = table.loc[table[name].isna(), "customer_id"]
    if len(gaps):
        raise DataError(
            f"customer scores: {name} is unknown for {len(gaps)} customers",
            given=gaps.sort_values().head(3).tolist(),
            allowed="a number for every customer",
            do="score these customers or leave them out",
        )
