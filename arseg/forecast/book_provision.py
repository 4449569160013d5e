"""A whole provision in one call: exclusions, pooled and monotone rates, matrix, and the methods held together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import pandas as pd

from arseg.forecast.exclusions import exclusion_totals, pool_exposures
from arseg.forecast.money import as_money, in_cents, total
from arseg.forecast.monotone_rates import monotone_rates
from arseg.forecast.outlook import AS_IT_IS, Outlook
from arseg.forecast.pooled_rates import pool_rates, pool_strength
from arseg.forecast.provision import provision_matrix
from arseg.forecast.reconciliation import TOLERANCE, reconcile_methods
from arseg.schema import UsageError, require_columns
from arseg.schema.shown import AsWritten, Shown


@dataclass(frozen=True)
class MethodRates(Shown):
    """What one method says.

    Parameters
    ----------
    segments
        Rates by segment and bucket: ``segment``, ``bucket``, ``reached``, ``rate``.
    pool
        The same over all segments together.
    """

    segments: pd.DataFrame
    pool: pd.DataFrame


@dataclass(frozen=True)
class Rules(AsWritten):
    """What the accounts were asked to follow.

    Parameters
    ----------
    outlook
        Scenarios, the ASU 2025-05 expedient, or neither.
    subsequent_collections
        Whether cash after the balance day leaves the pool; only with the expedient.
    strength
        Money that the pool's rate weighs against a segment's own; the sum of the 20 largest customers where None.
    monotone
        Whether rates are made non-decreasing with age.
    tolerance
        Share of the first method's allowance within which another agrees.

    Raises
    ------
    UsageError
        If subsequent collections are asked for without the expedient.
    """

    outlook: Outlook = AS_IT_IS
    subsequent_collections: bool = False
    strength: float | None = None
    monotone: bool = True
    tolerance: float = TOLERANCE

    def __post_init__(self) -> None:
        if self.subsequent_collections and self.outlook.forward_looking != "asu2025_05":
            raise UsageError(
                "cash after the balance day counts only under the expedient of ASU 2025-05",
                given=f"forward_looking={self.outlook.forward_looking!r}",
                allowed="asu2025_05, by entities other than public ones",
                do="leave subsequent_collections off, or take the expedient",
                code="subsequent_collections",
            )


@dataclass(frozen=True)
class Provision(Shown):
    """What is provided for, and everything behind it.

    Parameters
    ----------
    matrix
        Of the first method, from ``provision_matrix``.
    exclusions
        The waterfall from gross to exposed.
    rates
        By method: own, pooled, before and after they were made monotone.
    reconciliation
        The methods side by side, from ``reconcile_methods``.
    items
        The items with what was taken out of the pool, and each one's own share of the allowance before rounding.
    specific
        Allowance on items judged alone.
    """

    matrix: pd.DataFrame
    exclusions: pd.DataFrame
    rates: Mapping[str, pd.DataFrame]
    reconciliation: pd.DataFrame
    items: pd.DataFrame
    specific: Decimal = field(default=Decimal("0.00"))

    @property
    def allowance(self) -> Decimal:
        """The matrix and the specific allowances together."""
        return total(self.matrix["allowance"]) + self.specific

    def by_segment(self) -> dict[str, Decimal]:
        """Return the allowance of each segment, specific ones under ``specific``: what a roll-forward opens with."""
        parts = {
            str(name): total(part["allowance"]) for name, part in self.matrix.groupby("segment", sort=False)
        }
        return parts | ({"specific": self.specific} if self.specific else {})


def provide(
    items: pd.DataFrame, methods: Mapping[str, MethodRates], *, rules: Rules | None = None
) -> Provision:
    """Return the provision of a book.

    Parameters
    ----------
    items
        Open items: ``customer_id``, ``segment``, ``bucket``, ``balance``, and what ``pool_exposures`` knows.
    methods
        Rates by the name of their method; the first decides, the others are held against it.
    rules
        What to follow.

    Raises
    ------
    DataError, UsageError
        As the parts.
    """
    rules = rules or Rules()
    if not methods:
        raise UsageError(
            "there is no method",
            given="none",
            allowed="one or more",
            do="pass rates by name",
            code="no_method",
        )
    require_columns(items.columns, ("customer_id", "segment", "bucket", "balance"), frame="items")
    exposures = pool_exposures(items, subsequent_collections=rules.subsequent_collections)
    exposed = exposures["exposed"].astype("float64")
    strength = rules.strength
    if strength is None:
        strength = pool_strength(exposed.groupby(exposures["customer_id"]).sum())
    rates = {name: _ready(method, strength, monotone=rules.monotone) for name, method in methods.items()}
    matrix = provision_matrix(exposures, next(iter(rates.values())), outlook=rules.outlook)
    own = matrix.set_index(["segment", "bucket"])["outlook_rate"]
    keys = pd.MultiIndex.from_frame(exposures[["segment", "bucket"]])
    return Provision(
        matrix=matrix,
        exclusions=exclusion_totals(exposures),
        rates=rates,
        reconciliation=reconcile_methods(exposures, rates, outlook=rules.outlook, tolerance=rules.tolerance),
        items=exposures.assign(expected_loss=exposed.to_numpy() * own.reindex(keys).to_numpy()),
        specific=_specific(exposures),
    )


def _ready(method: MethodRates, strength: float, *, monotone: bool) -> pd.DataFrame:
    pooled = pool_rates(method.segments, method.pool, strength=strength)
    return monotone_rates(pooled) if monotone else pooled.assign(rate_before=pooled["rate"])


def _specific(exposures: pd.DataFrame) -> Decimal:
    if "specific_allowance" not in exposures:
        return Decimal("0.00")
    column = exposures["specific_allowance"]
    return total(as_money(in_cents(column.where(column.notna(), 0), what="specific_allowance")))
