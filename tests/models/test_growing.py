from __future__ import annotations

from arseg.models.growing import PLENTY, Capacity


def test_capacity_grows_with_the_events() -> None:
    leaves = [Capacity(150, 63, 0.15, 1.0).for_events(e).leaves for e in (10, 1000, 5000, PLENTY)]
    assert leaves == [4, 6, 33, 63]
    l2 = [Capacity(150, 63, 0.15, 1.0).for_events(e).l2 for e in (10, 1000, 5000, PLENTY)]
    assert l2 == sorted(l2, reverse=True)
