from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.forecast.allowance import allowance_bridge, check_chain, roll_forward
from arseg.forecast.outlook import AS_IT_IS, LossScenario, Outlook
from arseg.forecast.provision import allowance_of, provision_matrix
from arseg.schema import DataError

cents = st.integers(0, 10**10)
names = st.sampled_from(["High", "Medium", "Low"])
books = st.dictionaries(names, cents)
rows = st.lists(st.tuples(names, cents, cents, st.integers(-(10**8), 10**8)), max_size=6)


@settings(deadline=None, max_examples=40)
@given(books, books, rows)
def test_opening_plus_what_moved_is_closing_to_the_cent(
    opening: dict[str, int], closing: dict[str, int], moves: list[tuple[str, int, int, int]]
) -> None:
    frame = pd.DataFrame(moves, columns=["segment", "written_off", "recovered", "fx"])
    frame[["written_off", "recovered", "fx"]] = (
        frame[["written_off", "recovered", "fx"]].astype("int64") / 100
    )
    roll = roll_forward(
        {k: Decimal(v) / 100 for k, v in opening.items()},
        {k: Decimal(v) / 100 for k, v in closing.items()},
        frame,
    )
    for row in roll.itertuples():
        assert row.opening + row.charge - row.written_off + row.recovered + row.fx == row.closing
    parts, whole = roll[roll["segment"] != "total"], roll[roll["segment"] == "total"].iloc[0]
    for column in ("opening", "charge", "written_off", "recovered", "fx", "closing"):
        assert sum(parts[column]) == whole[column]
    assert whole["closing"] == Decimal(sum(closing.values())) / 100


def test_a_chain_that_breaks_is_refused() -> None:
    none = pd.DataFrame(columns=["segment", "written_off", "recovered", "fx"])
    first, second = roll_forward({}, {"High": 10}, none), roll_forward({"High": 10}, {"High": 12}, none)
    check_chain(first, second)
    with pytest.raises(DataError, match="does not open where it closed"):
        check_chain(second, second)


def test_a_negative_write_off_is_refused() -> None:
    with pytest.raises(DataError, match="a write-off or a recovery is negative"):
        roll_forward(
            {}, {}, pd.DataFrame({"segment": ["a"], "written_off": [-1], "recovered": [0], "fx": [0]})
        )


def _matrix(balances: list[float], rates: list[float], outlook: Outlook = AS_IT_IS) -> pd.DataFrame:
    buckets = ["current", "1-30"]
    items = pd.DataFrame({"bucket": buckets, "balance": balances})
    return provision_matrix(items, pd.DataFrame({"bucket": buckets, "rate": rates}), outlook=outlook)


def _steps(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, Decimal]:
    frame = allowance_bridge(before, after)
    return dict(zip(frame["step"], frame["amount"], strict=True))


def test_each_cause_moves_its_own_step_and_no_other() -> None:
    before = _matrix([1000.0, 500.0], [0.01, 0.1])
    down = Outlook("scenario", (LossScenario("down", 1.0, 1.5),))
    changes = {
        "volume": _matrix([2000.0, 1000.0], [0.01, 0.1]),
        "mix": _matrix([500.0, 1000.0], [0.01, 0.1]),
        "rates": _matrix([1000.0, 500.0], [0.02, 0.2]),
        "outlook": _matrix([1000.0, 500.0], [0.01, 0.1], down),
    }
    for cause, after in changes.items():
        steps = _steps(before, after)
        moved = {name for name in ("volume", "mix", "rates", "outlook") if steps[name]}
        assert moved == {cause}
        assert steps[cause] == allowance_of(after) - allowance_of(before)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(0, 10**9), min_size=4, max_size=4), st.lists(st.floats(0, 1), min_size=4, max_size=4)
)
def test_the_steps_of_a_bridge_sum_to_the_change(money: list[int], rates: list[float]) -> None:
    before = _matrix([money[0] / 100, money[1] / 100], rates[:2])
    after = _matrix([money[2] / 100, money[3] / 100], rates[2:])
    steps = _steps(before, after)
    moved = sum(steps[name] for name in ("volume", "mix", "rates", "outlook"))
    assert steps["opening"] + moved == steps["closing"] == allowance_of(after)


def test_matrices_of_different_cells_are_refused() -> None:
    with pytest.raises(DataError, match="the two matrices have different cells"):
        allowance_bridge(_matrix([1.0, 1.0], [0.1, 0.1]), _matrix([1.0, 1.0], [0.1, 0.1]).iloc[:1])
