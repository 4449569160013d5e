from __future__ import annotations

import itertools

import pandas as pd
import pytest

from arseg.policies import RiskValueMatrix
from arseg.schema import DataError, UsageError

RANK = {"Low": 0, "Medium": 1, "High": 2}


def one(risk: float, balance: float) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": ["A"], "p_unpaid_30": [risk], "open_balance": [balance]})


@pytest.mark.parametrize(
    ("risk", "balance", "cell"),
    [
        (0.0, 0.0, "Low / likely on time, small"),
        (0.1499, 999.99, "Low / likely on time, small"),
        (0.1, 10_000.0, "Medium / likely on time, large"),
        (0.15, 1_000.0, "Medium / in doubt, middling"),
        (0.35, 999.0, "Medium / likely late, small"),
        (1.0, 1e9, "High / likely late, large"),
    ],
)
def test_a_cut_belongs_to_the_band_above_it(risk, balance, cell) -> None:
    assigned = RiskValueMatrix().assign(one(risk, balance)).iloc[0]
    assert [assigned["cell"], assigned["segment"]] == [cell, cell.split(" / ")[0]]


def test_why_names_both_figures_and_the_cell() -> None:
    assert RiskValueMatrix().assign(one(0.2, 1234.5))["why"][0] == (
        "20.0 % likely unpaid in 30 days, open balance 1,234.50: in doubt, middling is Medium"
    )


def test_the_table_is_the_matrix_as_declared() -> None:
    matrix = RiskValueMatrix()
    for (r, risk), (v, value) in itertools.product(enumerate(matrix.risks), enumerate(matrix.values)):
        assert matrix.table().loc[risk, value] == matrix.segments[r][v]


def test_more_risk_never_lowers_the_segment(draw_scores) -> None:
    scores = draw_scores(3, 80)
    riskier = scores.assign(p_unpaid_30=(scores["p_unpaid_30"] + 0.2).clip(upper=1))
    before, after = (RiskValueMatrix().assign(s)["segment"].map(RANK) for s in (scores, riskier))
    assert (after >= before).all()


def test_lists_as_yaml_gives_them_make_the_same_policy() -> None:
    rows = [["Low", "Low", "Medium"], ["Low", "Medium", "High"], ["Medium", "High", "High"]]
    assert RiskValueMatrix([0.15, 0.35], [1000, 10000], segments=rows) == RiskValueMatrix()
    assert repr(RiskValueMatrix([0.15, 0.35], segments=rows)) == "RiskValueMatrix()"


def test_a_segment_that_falls_as_risk_rises_is_refused() -> None:
    rows = [["Low", "High", "Medium"], ["Low", "Medium", "High"], ["Medium", "High", "High"]]
    with pytest.raises(UsageError, match="RiskValueMatrix: a segment falls as risk rises"):
        RiskValueMatrix(segments=rows)


@pytest.mark.parametrize("rows", [[], "Low", [["Low"]], [["Low", "Low", "Low"]] * 2, None])
def test_every_cell_is_declared(rows) -> None:
    with pytest.raises(UsageError, match=r"do not fill the matrix.*Allowed: 3 rows of 3 segments"):
        RiskValueMatrix(segments=rows)


@pytest.mark.parametrize("cuts", [(), (0.5, 0.5), (0.5, 0.2)])
def test_cuts_rise(cuts) -> None:
    with pytest.raises(UsageError, match="RiskValueMatrix: risk_from does not rise"):
        RiskValueMatrix(risk_from=cuts)


def test_cuts_of_risk_are_probabilities() -> None:
    with pytest.raises(UsageError, match="a cut of risk is no probability"):
        RiskValueMatrix(risk_from=(15, 35))


@pytest.mark.parametrize("names", [("a", "b"), ("a", "a", "b"), ("a", "b", " "), "abc", ("a", "b", 3)])
def test_each_band_is_named_once(names) -> None:
    with pytest.raises(UsageError, match="risks does not name 3 bands"):
        RiskValueMatrix(risks=names)


def test_a_cell_is_a_segment() -> None:
    with pytest.raises(UsageError, match=r"a cell is 'Meduim'.*Do: write 'Medium'"):
        RiskValueMatrix(segments=(("Low", "Low", "Meduim"), ("Low",) * 3, ("Low",) * 3))


def test_a_customer_without_probability_is_refused() -> None:
    with pytest.raises(DataError, match="p_unpaid_30 is unknown for 1 customers"):
        RiskValueMatrix().assign(one(float("nan"), 1.0))
