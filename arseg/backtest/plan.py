"""How a backtest walks: which key dates, how often it refits, how long it looks ahead."""

from __future__ import annotations

from dataclasses import dataclass

from arseg.schema import UsageError


@dataclass(frozen=True)
class Plan:
    """The protocol of a walk-forward backtest (science 4.1).

    Parameters
    ----------
    horizon_days
        How long after a key date the outcome of its open items is followed.
    settle_lag_days
        How long after an event the book is given to learn of it: outcomes younger than this are
        treated as not yet known.
    landmarks
        How many past month-ends a model is trained on, at the most.
    refit_every
        Key dates from one fit to the next; the fit in between is reused as it was.
    fewest_events
        Payments that a fit needs in its training rows; key dates before that are left out, and said so.
    fewest_followed_days
        How long the oldest training rows must have been followed: a model cannot speak of days that its
        book has not seen.
    draws
        Customer-clustered bootstrap draws behind each interval.
    seed
        Seed of the draws.
    """

    horizon_days: int = 90
    settle_lag_days: int = 10
    landmarks: int = 12
    refit_every: int = 3
    fewest_events: int = 50
    fewest_followed_days: int = 60
    draws: int = 500
    seed: int = 20260131

    def __post_init__(self) -> None:
        for name in (
            "horizon_days",
            "landmarks",
            "refit_every",
            "fewest_events",
            "fewest_followed_days",
            "draws",
        ):
            if getattr(self, name) < 1:
                raise UsageError(
                    f"{name} is too small", given=getattr(self, name), allowed="1 or more", do="raise it"
                )
        if self.settle_lag_days < 0:
            raise UsageError(
                "settle_lag_days is negative", given=self.settle_lag_days, allowed="0 or more", do="raise it"
            )
