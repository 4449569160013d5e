from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from arseg.ledger import load
from arseg.ledger.suggesting.credit_side import Sides, sides_of
from arseg.ledger.suggesting.suggestion import Suggestion, suggest_layout

HEAD = "Beleg-Nr.;Debitor;Belegdatum;Fälligkeit;S/H;Bruttobetrag;Whg;Bezahlt am;Zahlbetrag"
GERMAN = [
    "R1;K1;05.01.2024;04.02.2024;S;1.200,50;EUR;01.02.2024;200,50",
    "R2;K2;31.01.2024;01.03.2024;S;7,00;EUR;;",
    "G1;K2;15.02.2024;15.02.2024;H;3,00;EUR;;",
]
SAP = [
    "Customer|DocumentNo|Type|Doc. Date|Pstng Date|Net due dt|Amount in DC|Curr.|Clrng doc.|Clearing",
    "K1|90|RV|05.01.2024|06.01.2024|04.02.2024|100,00 |EUR|14|01.02.2024",
    "K1|14|DZ|01.02.2024|01.02.2024|01.02.2024|100,00-|EUR|14|01.02.2024",
    "K1|91|RV|07.01.2024|07.01.2024|06.02.2024|50,00 |EUR||",
    "K1|15|DZ|03.02.2024|03.02.2024|03.02.2024|20,00-|EUR||",
]


def found(path: Path, lines: list[str]) -> Suggestion:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return suggest_layout(path)


def totals(path: Path, text: str) -> dict[str, str]:
    """Load with the proposal filled in; return what the report says of the money."""
    layout = path.with_suffix(".yaml")
    layout.write_text(text, encoding="utf-8")
    lines = str(load([path], layout, into="own", home=path.parent)).splitlines()
    return {words[1]: words[2] for line in lines if len(words := line.split()) == 3 and words[0] == "EUR"}


def test_credits_that_a_column_names_lower_what_is_owed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    suggestion = found(path, [HEAD, *GERMAN])
    assert sides_of(suggestion) == Sides(('only: {"S/H": "S"}',), ('only: {"S/H": "H"}',))
    text = suggestion.to_yaml().replace('reporting: "?"', "reporting: {currency: EUR}")
    text = text.replace('kind: "?"', "kind: {constant: payment}", 1)
    text = text.replace('kind: "?"', "kind: {constant: credit_note}", 1)
    said = totals(path, text)
    assert (said["invoiced"], said["paid"], said["credited"], said["open"]) == (
        "1,207.50",
        "200.50",
        "3.00",
        "1,004.00",
    )


def test_credits_with_a_minus_are_on_account_until_a_clearing_says_them(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    suggestion = found(path, SAP)
    assert sides_of(suggestion).settled == "Clearing"
    text = suggestion.to_yaml().replace('reporting: "?"', "reporting: {currency: EUR}")
    text = text.replace('kind: "?"', "kind: {constant: payment}", 1)
    text = text.replace('kind: "?"', "kind: {column: Type, map: {DZ: payment}}", 1)
    said = totals(path, text)
    # 100 cleared in full and 20 on account; the clearing payment of 100 counts once.
    assert (said["invoiced"], said["paid"], said["open"]) == ("150.00", "120.00", "30.00")


@pytest.mark.parametrize(
    ("raises", "lowers"), [("Soll", "Haben"), ("D", "C"), ("Debit", "Credit"), ("DR", "CR")]
)
def test_lists_name_the_sides_in_their_own_words(tmp_path: Path, raises: str, lowers: str) -> None:
    lines = [line.replace(";S;", f";{raises};").replace(";H;", f";{lowers};") for line in GERMAN]
    sides = sides_of(found(tmp_path / "a.csv", [HEAD, *lines]))
    assert sides.debit == (f'only: {{"S/H": "{raises}"}}',)


def test_a_list_of_one_side_has_no_feed_of_credits(tmp_path: Path) -> None:
    suggestion = found(tmp_path / "a.csv", [HEAD, *GERMAN[:2]])
    assert sides_of(suggestion) == Sides()
    assert "credit-" not in suggestion.to_yaml()


def test_a_kind_with_a_line_break_stays_within_its_remark(tmp_path: Path) -> None:
    kind = "DZ\u2028          amount: {constant: 1}"
    suggestion = found(tmp_path / "a.txt", [line.replace("|DZ|", f"|{kind}|") for line in SAP])
    assert kind in suggestion.values["Type"]
    feeds = yaml.safe_load(suggestion.to_yaml())["sources"][0]["feeds"]
    assert all(feed["columns"].get("amount") != {"constant": 1} for feed in feeds)
