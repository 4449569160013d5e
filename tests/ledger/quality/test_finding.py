from __future__ import annotations

from decimal import Decimal

from arseg.ledger.quality.finding import SEVERITIES, Finding


def test_findings_rank_by_severity_then_code_then_message() -> None:
    ranked = [Finding(severity, code, text) for severity in SEVERITIES for code in "ab" for text in "xy"]
    shuffled = ranked[1::2] + ranked[::2]
    assert sorted(shuffled, key=lambda finding: finding.rank) == ranked


def test_a_finding_is_plain_data_with_its_amount_as_text() -> None:
    finding = Finding("warning", "overpaid", "1 invoice", 1, Decimal("0.10"))
    assert finding.to_dict() == {
        "severity": "warning",
        "code": "overpaid",
        "message": "1 invoice",
        "count": 1,
        "amount": "0.10",
    }
    assert Finding("note", "a", "b").to_dict()["amount"] is None
