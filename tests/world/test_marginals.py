from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from arseg.schema import BALANCE_SIGN, SETTLED_SHARE
from arseg.world.calendars import Calendar
from arseg.world.course import draw_world
from arseg.world.legacy import legacy_policy
from arseg.world.marginals import BANDS, intraclass, marginals
from arseg.world.settings import WORLDS
from arseg.world.simulate import synthesize

# A small world scatters more than the 2,000 customers of ``benchmarks/world.py``, where the bands hold as they are.
SLACK = {"dso": 5.0, "over_90_late_share": 0.013, "dispute_days": 5.0, "mean_days_late": 1.5}


def _typical(seed: int, customers: int) -> dict[str, float]:
    world = draw_world(customers, Calendar(dt.date(2024, 1, 1), 30), seed=seed)
    return marginals(world.run(legacy_policy("stochastic", world)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_typical_world_looks_like_a_published_book(seed: int) -> None:
    found = _typical(seed, 300)
    for name, (low, high) in BANDS.items():
        slack = SLACK.get(name, 0.05 * (high - low))
        assert low - slack <= found[name] <= high + slack, name


def test_the_other_worlds_differ_from_it_as_they_say() -> None:
    calendar = Calendar(dt.date(2024, 1, 1), 24)
    found = {}
    for name in ("typical", "clean", "stressed"):
        world = draw_world(300, calendar, seed=4, setting=WORLDS[name])
        found[name] = marginals(world.run(legacy_policy(world.setting.legacy, world)))
    assert found["clean"]["disputed_share"] == 0
    assert found["stressed"]["dso"] > found["typical"]["dso"] + 1
    assert found["stressed"]["write_offs_to_sales"] > found["typical"]["write_offs_to_sales"]
    assert found["stressed"]["late_share"] > found["typical"]["late_share"] + 0.05


def test_what_the_ledger_shows_is_what_the_marginals_say(tmp_path: Path) -> None:
    """Pandas on the written tables: a second implementation that knows nothing of the world."""
    made = synthesize(tmp_path, customers=120, months=20, seed=3)
    world = draw_world(120, Calendar(dt.date(2024, 1, 1), 20), seed=3)
    found = marginals(world.run(legacy_policy("stochastic", world)))
    invoices = pq.read_table(made.paths["invoices"]).to_pandas().set_index("invoice_id")
    postings = pq.read_table(made.paths["postings"]).to_pandas().dropna(subset="invoice_id")
    postings = postings.sort_values(["value_date", "posting_id"])
    change = postings["amount"].astype(float) * postings["kind"].map(BALANCE_SIGN)
    amount = invoices["amount"].astype(float)
    left = postings["invoice_id"].map(amount) + change.groupby(postings["invoice_id"]).cumsum()
    evening = left.groupby([postings["invoice_id"], postings["value_date"]]).last().reset_index()
    evening.columns = ["invoice_id", "day", "left"]
    above = evening["left"] > SETTLED_SHARE * evening["invoice_id"].map(amount) + 1e-6
    last_above = evening[above].groupby("invoice_id")["day"].max()
    below = evening[~above]
    after = below["invoice_id"].map(last_above)
    cleared = below[after.isna() | (below["day"] > after)].groupby("invoice_id")["day"].min()
    due = pd.to_datetime(invoices["due_date"])
    mature = due < pd.Timestamp(made.end) + pd.Timedelta(days=1) - pd.Timedelta(days=100)
    late = (pd.to_datetime(cleared).reindex(invoices.index) - due).dt.days[mature]
    assert ((late > 0) | late.isna()).mean() == pytest.approx(found["late_share"], abs=1e-9)
    assert ((late > 90) | late.isna()).mean() == pytest.approx(found["over_90_late_share"], abs=1e-9)


def test_intraclass_is_the_share_of_variance_between_groups() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(3000), 6)
    values = rng.normal(0, 2, 3000)[group] + rng.normal(0, 1, len(group))
    assert intraclass(values, group) == pytest.approx(0.8, abs=0.03)
    assert abs(intraclass(rng.normal(0, 1, len(group)), group)) < 0.03
