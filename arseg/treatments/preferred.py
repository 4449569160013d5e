"""The channel or payment method that a segment prefers, with n, and whether that is more than a description.

Counts describe: who is called is not who is written to, so the channel that is answered most need not be the
one that works best. Only an estimate that says of itself that it is identified makes the word "identified" (S49).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import SEGMENTS, UsageError, require_columns

PREFERRED: Final = ("segment", "kind", "preferred", "n", "share", "evidence", "why")

DESCRIPTIVE, IDENTIFIED = "descriptive", "identified"

# Below so many contacts a share is noise.
FEWEST: Final = 30

KINDS: Final = ("channel", "payment_method")


def preferred(
    segmentation: pd.DataFrame,
    counts: pd.DataFrame,
    kind: str,
    *,
    effects: pd.DataFrame | None = None,
    fewest: int = FEWEST,
) -> pd.DataFrame:
    """Return what each segment prefers.

    Parameters
    ----------
    segmentation
        customer_id, segment.
    counts
        customer_id, the kind's column (channel or payment_method), count (contacts or payments), and perhaps
        answered: those that a payment or promise followed. With it the preferred one has the largest share
        answered, a ratio of sums; without it the largest count.
    kind
        ``channel`` or ``payment_method``.
    effects
        Estimates: segment, the kind's column, effect, n, identified (boolean). Where a segment has identified
        ones, the largest of them decides.
    fewest
        A channel with fewer contacts in a segment is not preferred by its share.

    Returns
    -------
    frame
        One row per segment: segment, kind, preferred (empty where too little is known), n (contacts or payments
        behind it), share (answered, or of all; the effect where identified), evidence (descriptive or
        identified; empty with preferred), why.

    Raises
    ------
    DataError
        If columns are missing.
    UsageError
        If the kind is not known.

    Examples
    --------
    >>> segments = pd.DataFrame({"customer_id": ["A", "B"], "segment": ["High", "High"]})
    >>> counts = pd.DataFrame({"customer_id": ["A", "A", "B"], "channel": ["call", "email", "email"],
    ...                        "count": [40, 100, 100], "answered": [20, 30, 40]})
    >>> preferred(segments, counts, "channel")[["preferred", "n", "share", "evidence"]].head(1).values.tolist()
    [['call', 40, 0.5, 'descriptive']]
    """
    if kind not in KINDS:
        raise UsageError("this kind is not known", given=kind, allowed=", ".join(KINDS), do="write channel")
    require_columns(segmentation.columns, ("customer_id", "segment"), frame="segmentation")
    require_columns(counts.columns, ("customer_id", kind, "count"), frame="counts")
    known = counts.merge(segmentation[["customer_id", "segment"]], on="customer_id", validate="m:1")
    known = known[known[kind].fillna("") != ""]
    described = _described(known, kind, fewest)
    estimated = _estimated(effects, kind)
    rows = [
        estimated.get(segment)
        or described.get(segment)
        or (segment, kind, "", 0, np.nan, "", "too little is known")
        for segment in SEGMENTS
    ]
    return pd.DataFrame(rows, columns=list(PREFERRED))


Found = tuple[str, str, str, int, float, str, str]


def _described(known: pd.DataFrame, kind: str, fewest: int) -> dict[str, Found]:
    columns = [name for name in ("count", "answered") if name in known.columns]
    sums = known.groupby(["segment", kind])[columns].sum().reset_index()
    sums = sums[sums["count"] >= (max(fewest, 1) if "answered" in columns else 1)]
    whole = sums.groupby("segment")["count"].transform("sum")
    sums["share"] = sums["answered"] / sums["count"] if "answered" in columns else sums["count"] / whole
    kinds = f"{kind.replace('_', ' ')}s"
    answered = f"answered most of the {{}} {kinds} of {max(fewest, 1)} contacts or more"
    said = answered if "answered" in columns else f"used most of the {{}} {kinds} seen"
    return _best(sums, kind, evidence=DESCRIPTIVE, said=said)


def _estimated(effects: pd.DataFrame | None, kind: str) -> dict[str, Found]:
    if effects is None:
        return {}
    require_columns(effects.columns, ("segment", kind, "effect", "n", "identified"), frame="effects")
    sure = effects[effects["identified"].astype("boolean").fillna(value=False).astype("bool")]
    sure = sure[np.isfinite(sure["effect"].astype("float64"))]
    named = sure.rename(columns={"effect": "share", "n": "count"})
    return _best(named, kind, evidence=IDENTIFIED, said="largest of {} identified effects")


def _best(sums: pd.DataFrame, kind: str, *, evidence: str, said: str) -> dict[str, Found]:
    """Return the largest share of each segment; ties go to the larger count, then to the first name."""
    named = sums.rename(columns={kind: "value", "count": "n"})
    named = named.assign(seen=named.groupby("segment")["value"].transform("nunique"))
    ranked = named.sort_values(["share", "n", "value"], ascending=[False, False, True])
    return {
        str(best.segment): (
            str(best.segment),
            kind,
            str(best.value),
            int(best.n),
            float(best.share),
            evidence,
            said.format(best.seen),
        )
        for best in ranked.drop_duplicates("segment").itertuples(index=False)
    }
