"""What will come: cash by week from the same curves that segment the book.

Frames in, frames out: this room knows neither ledger nor models.
"""

from arseg.forecast.cash import Shocks, expected_cash

__all__ = ["Shocks", "expected_cash"]
