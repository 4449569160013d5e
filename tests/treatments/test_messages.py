from __future__ import annotations

import pandas as pd
import pytest

from arseg.schema import DataError, UsageError
from arseg.treatments.messages import MESSAGES, Letterhead, render_messages
from arseg.treatments.templates import parse_template

HEAD = Letterhead("Süd KG", "post@sued.example")
INVOICES = pd.DataFrame(
    {
        "customer_id": ["A", "A", "B"],
        "invoice_id": ["R-1", "R-2", "R-9"],
        "due_date": pd.to_datetime(["2026-09-01", "2026-11-15", "2026-10-30"]),
        "balance": [1250.0, 99.5, 10.0],
    }
)


def work(**known: object) -> pd.DataFrame:
    base = {
        "customer_id": ["A", "B"],
        "name": ["Nord AG", None],
        "stage": ["mid", "early"],
        "channel": ["call", "email"],
        "tone": ["firm", "nudge"],
        "deadline": pd.to_datetime(["2026-11-02", "2026-11-07"]),
    }
    return pd.DataFrame(base | known)


def rendered(frame: pd.DataFrame, **how: object) -> pd.DataFrame:
    return render_messages(frame, INVOICES, HEAD, key_date="2026-10-31", **how)


def test_each_row_gets_its_tone_in_its_language() -> None:
    found = rendered(work(), languages={"A": "de-AT", "B": "es"})
    assert tuple(found.columns) == MESSAGES
    assert found["language"].tolist() == ["de", "es"]
    assert found["channel"].tolist() == ["call", "email"]
    assert found["note"].tolist() == ["", ""]
    assert found["subject"].tolist() == [
        "Überfällige Rechnungen: bitte zahlen Sie 1.250,00 EUR bis zum 02.11.2026",
        "Sus facturas pendientes con Süd KG, 31/10/2026",
    ]
    german, spanish = found["body"]
    assert "Guten Tag Nord AG," in german
    assert "die älteste seit 60 Tagen" in german
    assert "R-1       01.09.2026               60  1.250,00 EUR\nR-2" in german
    assert "Insgesamt: 1.349,50 EUR; davon überfällig: 1.250,00 EUR." in german
    assert "Estimados señores de B:" in spanish


def test_a_language_without_templates_falls_back_and_says_so() -> None:
    found = rendered(work(), languages={"A": "fr"})
    assert found["language"].tolist() == ["en", "en"]
    assert found["note"].tolist() == [
        "no templates in 'fr': written in en",
        "language unknown: written in en",
    ]


def test_disputes_and_promises_have_messages_of_their_own_and_the_law_has_none() -> None:
    found = rendered(work(stage=["dispute", "promise"], tone="nudge"))
    assert found["subject"].tolist() == ["Your query is in our hands", "Thank you for your promise to pay"]
    assert rendered(work(stage=["legal", "legal"])).empty


def test_who_is_held_back_gets_no_message() -> None:
    assert rendered(work(held=["contacts keep the cap of 30 days", ""]))["customer_id"].tolist() == ["B"]


def test_the_playbook_s_template_comes_before_the_tone_s() -> None:
    own = {"en": {"by_post": parse_template("Subject: Post\n\nx", name="by_post", language="en")}}
    found = rendered(work(template=["by_post", ""]), templates=own)
    assert found[["customer_id", "subject"]].to_numpy().tolist() == [["A", "Post"]]


def test_a_wicked_name_stays_one_harmless_line() -> None:
    wicked = "Evil\r\nBcc: all@x.example\r\n\r\n<script>${sender} {{7*7}}</script>"
    own = {"en": {"firm": parse_template("Subject: To $customer\n\n$customer", name="firm", language="en")}}
    found = rendered(work(name=[wicked, "B"], template=["firm", ""]), templates=own)
    subject, body = found.loc[0, ["subject", "body"]]
    assert subject == "To Evil Bcc: all@x.example \u2039script\u203a${sender} {{7*7}}\u2039/script\u203a"
    assert body == subject.removeprefix("To ")


def test_a_customer_without_invoices_owes_nothing() -> None:
    found = render_messages(work(), INVOICES[:0], HEAD, key_date="2026-10-31")
    assert "In total: 0.00 EUR; overdue of that: 0.00 EUR." in found["body"][0]


def test_an_empty_worklist_gives_an_empty_frame() -> None:
    found = rendered(work()[:0])
    assert tuple(found.columns) == MESSAGES
    assert found.empty


def test_missing_columns_and_templates_are_named() -> None:
    with pytest.raises(DataError, match=r"worklist lacks columns \['tone'\]"):
        rendered(work().drop(columns="tone"))
    with pytest.raises(UsageError, match=r"no template 'shout' in en.*Do: write en/shout.txt"):
        rendered(work(template="shout"))
    with pytest.raises(UsageError, match=r"default language 'fr' has no templates.*Allowed: de, en, es"):
        render_messages(work(), INVOICES, Letterhead("x", "y", language="fr"), key_date="2026-10-31")
