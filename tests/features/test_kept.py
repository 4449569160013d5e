"""Features kept in files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from arseg.features import find_blocks
from arseg.features.kept import keep, kept_at, read_kept

ITEMS = pd.DataFrame({"invoice_id": ["I1", "I2"], "customer_id": ["C1", "C1"], "balance": [1.5, np.nan]})
CUSTOMERS = pd.DataFrame({"customer_id": ["C1"], "open_count": [2.0]})
PROFILE = pd.DataFrame({"customer_id": ["C1"], "industry": ["retail"], "country": [""]})


def test_what_is_kept_is_read_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "day" / "features-1"
    assert read_kept(place) is None
    keep(place, ITEMS, CUSTOMERS, PROFILE)
    found = read_kept(place)
    assert found is not None
    pd.testing.assert_frame_equal(found[0], ITEMS)
    pd.testing.assert_frame_equal(found[1], CUSTOMERS)
    pd.testing.assert_frame_equal(found[2], PROFILE)


def test_who_comes_second_leaves_the_first_alone(tmp_path: Path) -> None:
    keep(tmp_path / "features-1", ITEMS, CUSTOMERS, PROFILE)
    keep(tmp_path / "features-1", ITEMS.iloc[:1], CUSTOMERS, PROFILE)
    assert [path.name for path in tmp_path.iterdir()] == ["features-1"]
    found = read_kept(tmp_path / "features-1")
    assert found is not None
    assert len(found[0]) == 2


def test_a_broken_file_counts_as_none(tmp_path: Path) -> None:
    keep(tmp_path / "features-1", ITEMS, CUSTOMERS, PROFILE)
    (tmp_path / "features-1" / "customers.parquet").write_bytes(b"PAR1")
    assert read_kept(tmp_path / "features-1") is None


def test_other_blocks_are_kept_elsewhere(tmp_path: Path) -> None:
    one, other, again = (kept_at(tmp_path, find_blocks(names)) for names in (["aging"], ["item"], ["aging"]))
    assert one == again
    assert one != other
