"""What every policy is, how it is spelt, and how one is found by name.

A policy is a frozen dataclass of plain parameters that maps customer scores to exactly one
segment each (capabilities S39, S43). It prints as one would write it, so that its ``repr`` is
its name in reports, its line in an experiment and the text under its hash.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

import numpy as np
import pandas as pd

from arseg.policies.admission import admit
from arseg.policies.spelling import as_written, is_policy, plain_parameters, policy_hash, version_of
from arseg.schema import SEGMENTATION, SEGMENTS, UsageError

__all__ = [
    "Policy",
    "admit",
    "all_policies",
    "as_policy",
    "as_written",
    "make_policy",
    "plain_parameters",
    "policy_hash",
    "rules",
    "segmentation",
    "takes_policies",
    "tiers",
]

_KEYS: Final = ("name", "version", "parameters")


class Policy(Protocol):
    """A rule from customer scores to one segment each.

    The class is a frozen dataclass whose fields are plain values, or policies again. Once the same
    parameters give other segments than before, it says ``version``: 2 and so on, 1 where it says nothing.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of the customer scores that the policy reads."""
        ...

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
    >>> [kind.__name__ for kind in all_policies()][:2]
    ['AgingBuckets', 'BalanceBands']
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
        Its parameters by name; those left out keep their defaults. A policy among them is written as
        ``{"name": ..., "parameters": {...}}``.

    Raises
    ------
    UsageError
        If there is no such policy or parameter (naming the near one), or a value is refused.

    Examples
    --------
    >>> make_policy("RiskTiers", {"medium_from": 0.1})
    RiskTiers(medium_from=0.1)
    >>> make_policy("Composed", {"risk": {"name": "AgingBuckets"}, "axes": []})
    Composed(risk=AgingBuckets(), axes=())
    """
    kinds = {kind.__name__: kind for kind in all_policies()}
    if name not in kinds:
        raise _unknown(f"there is no policy {name!r}", name, list(kinds))
    given = dict(parameters or {})
    known = {field.name: field for field in dataclasses.fields(kinds[name])}
    for key, value in given.items():
        if key not in known:
            raise _unknown(f"{name} has no parameter {key!r}", str(key), list(known))
        if takes_policies(known[key]):
            given[key] = _made(value, name=f"{name}: {key}")
    build: Callable[..., Policy] = kinds[name]
    return build(**given)


def as_policy(part: object, *, name: str) -> Policy:
    """Return a policy as it is, or the one that a mapping of name and parameters declares.

    Parameters
    ----------
    part
        A policy, or ``{"name": ..., "version": ..., "parameters": {...}}``; all but the name may be left out.
    name
        What it is for, as the error says it.

    Raises
    ------
    UsageError
        If it is neither, or ``make_policy`` refuses it.

    Examples
    --------
    >>> as_policy({"name": "AgingBuckets", "parameters": {"high_from": 61}}, name="risk")
    AgingBuckets(high_from=61)
    """
    if is_policy(part):
        return part  # type: ignore[return-value]  # a dataclass of this room with assign
    odd = [str(key) for key in part if key not in _KEYS] if isinstance(part, Mapping) else []
    if odd:
        raise _unknown(f"{name}: unknown key {odd[0]!r}", odd[0], _KEYS)
    if not isinstance(part, Mapping) or not isinstance(part.get("name"), str):
        raise UsageError(
            f"{name} is no policy",
            given=repr(part),
            allowed="a policy, or a mapping with its name and parameters",
            do="write name: RiskTiers",
        )
    parameters = part.get("parameters")
    if parameters is not None and not isinstance(parameters, Mapping):
        raise UsageError(
            f"{name}: the parameters are no mapping",
            given=repr(parameters),
            allowed="parameter: value",
            do="name each parameter",
        )
    made = make_policy(part["name"], parameters)
    _check_version(made, part.get("version"))
    return made


def takes_policies(field: dataclasses.Field[Any]) -> bool:
    """Whether a parameter is a policy or several, by its annotation."""
    return "Policy" in str(field.type)


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
    segments = _text(segments)
    columns = (_text(customers), segments, _text(why), segments if cells is None else _text(cells))
    return pd.DataFrame(dict(zip(SEGMENTATION.names, columns, strict=True)))


def _text(values: Iterable[str]) -> pd.Series:
    # A column of text is slow to walk, so it is taken as it is.
    if isinstance(values, pd.Series):
        return values.astype("str").reset_index(drop=True)
    return pd.Series(values if isinstance(values, np.ndarray) else list(values), dtype="str")


def _is_policy(thing: object, module: str) -> bool:
    """Whether a policy class is defined in that module, not merely imported there."""
    written_here = getattr(thing, "__module__", "") == module
    return written_here and dataclasses.is_dataclass(thing) and hasattr(thing, "assign")


def _check_version(made: Policy, declared: object) -> None:
    """Refuse a declaration that was written for another version of the rule: its segments would differ."""
    kind = type(made)
    if declared is not None and (isinstance(declared, bool) or declared != version_of(kind)):
        raise UsageError(
            f"{kind.__name__} is declared for another version of its rule",
            given=f"version {declared}",
            allowed=f"version {version_of(kind)}",
            do="read what changed, then declare that version",
        )


def _made(value: object, *, name: str) -> Policy | tuple[Policy, ...]:
    if isinstance(value, list | tuple):
        return tuple(as_policy(part, name=f"{name} {place}") for place, part in enumerate(value, start=1))
    return as_policy(value, name=name)


def _unknown(what: str, given: str, allowed: Sequence[str]) -> UsageError:
    near = difflib.get_close_matches(given, allowed, n=1)
    hint = f"write {near[0]!r}" if near else "choose one of those allowed"
    return UsageError(what, given=given, allowed=", ".join(allowed) or "none", do=hint)
