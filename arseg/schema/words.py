"""What events, segments and aging buckets are called, and when an invoice counts as settled."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# Science 3.1: an invoice is settled when what is left is noise.
SETTLED_SHARE: Final = 0.005
SETTLED_AMOUNT: Final = 0.01
CREDITED_SHARE: Final = 0.95

OPEN, PAID, CREDITED, WRITTEN_OFF = 0, 1, 2, 3
CAUSES: Final = (PAID, CREDITED, WRITTEN_OFF)
CAUSE_NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {OPEN: "open", PAID: "paid", CREDITED: "credited", WRITTEN_OFF: "written off"}
)

# Days past due at which an aging bucket starts; the due day itself is current.
AGING_EDGES: Final = (1, 31, 61, 91)
AGING_NAMES: Final = ("current", "1-30", "31-60", "61-90", "over 90")

SEGMENTS: Final = ("High", "Medium", "Low")
