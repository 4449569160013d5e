"""Within which bounds a numeric parameter of a policy may lie, for the JSON schema of policy files.

The classes enforce them; here they are said to editors. What hangs on another parameter (a cut below the next, a
quantile or an amount) no schema of one key can say, and is left to the class.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

# Lowest and highest, both allowed; None: no bound.
Bounds = tuple[float | None, float | None]

_SHARE: Final[Bounds] = (0, 1)
_DAYS: Final[Bounds] = (-3650, 3650)

RANGES: Final[Mapping[str, Mapping[str, Bounds]]] = MappingProxyType(
    {
        "AgingBuckets": {"medium_from": _DAYS, "high_from": _DAYS},
        "Composed": {"min_size": (1, None)},
        "Hysteresis": {"delta": (0, None), "reviews": (1, None), "dwell_days": (0, None)},
        "PayerSpeed": {"medium_below": _SHARE, "high_below": _SHARE},
        "RiskTiers": {"medium_from": _SHARE, "high_from": _SHARE},
        "RiskValueMatrix": {"risk_from": _SHARE},
        "WeightedScore": {"medium_from": _SHARE, "high_from": _SHARE, "weights": _SHARE},
    }
)


def bounded(schema: dict[str, Any], policy: str, parameter: str) -> dict[str, Any]:
    """Return the schema of a parameter with its bounds: of the number, or of every number within it.

    Examples
    --------
    >>> bounded({"type": "number"}, "RiskTiers", "high_from")
    {'type': 'number', 'minimum': 0, 'maximum': 1}
    >>> bounded({"type": "array", "items": {"type": "number"}}, "RiskValueMatrix", "risk_from")
    {'type': 'array', 'items': {'type': 'number', 'minimum': 0, 'maximum': 1}}
    """
    bounds = RANGES.get(policy, {}).get(parameter)
    return schema if bounds is None else _within(schema, bounds)


def _within(schema: dict[str, Any], bounds: Bounds) -> dict[str, Any]:
    if schema.get("type") in {"number", "integer"}:
        low, high = bounds
        ends = {"minimum": low, "maximum": high}
        return schema | {name: end for name, end in ends.items() if end is not None}
    inner = {key: _within(schema[key], bounds) for key in ("items", "additionalProperties") if key in schema}
    several = {"anyOf": [_within(part, bounds) for part in schema["anyOf"]]} if "anyOf" in schema else {}
    return schema | inner | several
