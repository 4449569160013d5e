from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from arseg.report import Findings
from arseg.report.decisions import decide


def said(findings: Findings) -> list[str]:
    return [(d["strong"] + d["rest"]).replace("\u00a0", " ") for d in decide(findings)]


def test_an_ordinary_month_asks_for_contact_moves_policy_and_a_holdout(findings: Findings) -> None:
    assert said(findings) == [
        (
            "Work 34 customers first (€ 2.2 M open), 20 of them by phone: "
            "one more collector hour is worth € 214 (assumed lift)."
        ),
        "Confirm 17 customers moving to higher risk: 12 from Low to Medium and 5 from Medium to High; 30 relax.",
        (
            "Decide on RiskTiers(medium_from=0.15, high_from=0.35): this page segments by it, while AgingBuckets() is"
            " in force. Of what it put in High, 41.0 % (36.9 to 45.9) stayed unpaid 30 days after due; of what the"
            " policy in force put there, 30.7 % (27.7 to 34.4)."
        ),
        (
            "Keep a small random holdout and log every contact: without both nobody can say what another policy"
            " would have changed."
        ),
    ]


def test_calls_alone_are_called(make_findings: Callable[..., Findings], findings: Findings) -> None:
    assert findings.worklist is not None
    calls = make_findings(worklist=findings.worklist.head(1), capacity=None)
    assert said(calls)[0] == (
        "Call 1 customer first (€ 84 k open): what one more collector hour is worth is not known."
    )


def test_an_hour_that_adds_nothing_is_said(make_findings: Callable[..., Findings]) -> None:
    idle = make_findings(capacity={"hours": 12.0, "used_hours": 1.0, "shadow_price": 0.0})
    assert "today's hours cover every case that is worth one." in said(idle)[0]


def test_a_data_error_comes_first(make_findings: Callable[..., Findings]) -> None:
    quality = pd.DataFrame(
        [("error", "twice", "3 invoices stand twice.", 3, 10.0)],
        columns=["severity", "code", "message", "count", "amount"],
    )
    assert (
        said(make_findings(quality=quality))[0]
        == "Settle 1 data error before you act: 3 invoices stand twice."
    )


def test_nothing_is_asked_where_nothing_was_found(empty_findings: Findings) -> None:
    assert decide(empty_findings) == []


def test_the_policy_in_force_asks_for_no_decision_on_itself(make_findings: Callable[..., Findings]) -> None:
    assert not [s for s in said(make_findings(policy="AgingBuckets()")) if s.startswith("Decide")]


@pytest.mark.parametrize("pair", [("High", "Low"), ("Low", "Low"), ("Low", "unheard of"), (None, "Low")])
def test_only_a_rise_in_risk_asks_to_be_confirmed(
    pair: tuple[str, str], make_findings: Callable[..., Findings]
) -> None:
    moves = pd.DataFrame([(*pair, 4)], columns=["from_segment", "to_segment", "customers"])
    assert not [s for s in said(make_findings(moves=moves)) if s.startswith("Confirm")]


def test_a_policy_whose_high_segment_stayed_empty_is_not_quoted(
    make_findings: Callable[..., Findings], findings: Findings
) -> None:
    assert findings.measures is not None
    measures = findings.measures.copy()
    measures.loc[measures["segment"] == "High", "value"] = float("nan")
    asked = [text for text in said(make_findings(measures=measures)) if text.startswith("Decide on")]
    assert asked[0].endswith(" is in force.")
