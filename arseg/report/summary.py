"""Findings become plain data: every number of the page, raw beside its shown text.

`summarise` is the last place where anything is added up or ordered; figures, tables and templates
only lay out what stands here, so a chart and a table can never disagree.
"""

from __future__ import annotations

from typing import Any, Final

from arseg.report import (
    caseload,
    changes,
    desks,
    evidence,
    forward,
    monitoring,
    position,
    profiles,
    reach,
    since,
    wording,
)
from arseg.report.answers import answers
from arseg.report.data_check import data_check
from arseg.report.decisions import decide
from arseg.report.evidence import Band, beside
from arseg.report.findings import Findings, Row, rows_of
from arseg.report.language import known, say, speaking
from arseg.report.third_question import LABELS, third_question

PAGE_BANDS: Final = (
    *("headline", "decisions", "since", "cash", "segments", "profiles", "moves"),
    *("separation", "replay", "counterfactual", "self_check", "forecast", "provision"),
    *("worklist", "warnings", "monitor", "trust", "claims", "quality", "definitions", "reproduce"),
)
TEAR_SHEET_BANDS: Final = (
    *("separation", "replay", "counterfactual", "self_check"),
    *("trust", "definitions"),
)

NO_HEADLINE: Final = "No measures: they need key dates whose outcomes were followed for the whole window, and this run had none."
NO_DECISIONS: Final = (
    "No decision follows from this run: it lists no case for a collector and no move to higher risk."
)
NO_DEFINITIONS: Final = "No definitions: this run published no measures to define."
NO_REPRODUCE: Final = "No instructions: the run recorded neither commands nor hashes."


def summarise(
    findings: Findings, *, bands: tuple[str, ...] = PAGE_BANDS, heading: str = "Receivables"
) -> Band:
    """Return the page as plain, JSON-safe data.

    Parameters
    ----------
    findings
        What the run found.
    bands
        Bands of the page, in order.
    heading
        First word of the title.

    Returns
    -------
    dict
        Only dict, list, str, int, float, bool and None. A number stands as ``{"raw", "shown"}``;
        a band with nothing to show has a sentence under ``missing``.

    Raises
    ------
    DataError
        If a frame that has rows lacks a column.
    """
    with speaking(findings.language):
        return _visible(_bands(findings, bands, heading))


def named(summary: Band, version: str) -> Band:
    """Return a page's data under the version that it is published as.

    Parameters
    ----------
    summary
        From ``summarise``, of findings that did not know their version.
    version
        The version.
    """
    return summary | {"page": summary["page"] | {"version": _visible(version)}}


def _bands(findings: Findings, bands: tuple[str, ...], heading: str) -> Band:
    measures = rows_of(findings.measures, "measures")
    why = position.NO_CASH if "forecast" in bands else position.CASH_ELSEWHERE
    cash, forecast = position.cash(findings, why), forward.forecast(findings)
    fewest = findings.fewest
    return {
        "bands": list(bands),
        "page": {
            **_page(findings),
            "title": say("{heading} at {day}", heading=say(heading), day=wording.day(findings.key_date)),
        },
        "headline": _headline(findings),
        "decisions": {"missing": say(NO_DECISIONS), "asked": decide(findings)},
        "since": since.since(findings),
        "cash": cash | {"caption": position.cash_caption(cash, forecast)},
        "segments": position.segments(findings),
        "profiles": profiles.profiles(findings),
        "monitor": monitoring.monitoring(findings),
        "moves": position.moves(findings),
        "changes": changes.changes(findings),
        "separation": evidence.separation(measures, in_force=findings.in_force, fewest=fewest),
        "replay": evidence.replay(
            measures, in_force=findings.in_force, key_dates=findings.key_dates, fewest=fewest
        ),
        "counterfactual": third_question(findings),
        "forecast": forecast,
        "provision": forward.provision(findings),
        "answers": answers(findings),
        "worklist": caseload.worklist(findings),
        "desks": desks.desks(findings),
        "reach": reach.reach(findings),
        "accuracy": evidence.accuracy(rows_of(findings.accuracy, "accuracy")),
        "calibration": evidence.calibration(rows_of(findings.calibration, "calibration")),
        "quality": data_check(findings),
        "definitions": _definitions(findings, measures),
        "reproduce": _reproduce(findings),
        "notes": [known(note) for note in findings.notes],
    }


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return wording.visible(value)
    if isinstance(value, dict):
        return {wording.visible(key): _visible(each) for key, each in value.items()}
    return [_visible(each) for each in value] if isinstance(value, list) else value


def _page(findings: Findings) -> Band:
    compared = findings.compared_with
    return {
        "book": findings.title,
        "experiment": findings.experiment,
        "key_date": beside(findings.key_date.isoformat(), wording.day(findings.key_date)),
        "compared_with": beside(compared and compared.isoformat(), wording.day(compared)),
        "language": findings.language,
        "names": findings.names,
        "fewest": wording.count(findings.fewest),
        "currency": findings.currency,
        "policy": findings.policy,
        "in_force": findings.in_force,
        "version": findings.version,
        "stamps": [_stamp(dict(stamp)) for stamp in findings.stamps],
    }


def _stamp(stamp: dict[str, str]) -> Band:
    text, strong = known(stamp.get("text", "")), known(stamp.get("strong", ""))
    before, found, after = text.partition(strong) if strong else (text, "", "")
    if strong and not found:
        before, after = f"{text} ", ""
    level = stamp.get("level", "")
    levels = {"good": "good", "ok": "good", "warn": "warn", "warning": "warn", "bad": "bad", "error": "bad"}
    return {"before": before, "strong": strong, "after": after, "level": levels.get(level, "")}


def _headline(findings: Findings) -> Band:
    rows = rows_of(findings.headline, "headline")
    return {"missing": "" if rows else say(NO_HEADLINE), "cards": [_card(row) for row in rows]}


def _card(row: Row) -> Band:
    history = [value for value in row["history"] or [] if value is not None]
    unit = row["unit"]
    ends = [wording.measure(value, unit) for value in (history[0], history[-1])] if history else []
    return {
        "measure": row["measure"],
        "label": known(row["label"]),
        "unit": unit,
        **evidence.estimate(row),
        "change": _change(row),
        "note": known(row["note"] or ""),
        "definition": known(row["definition"] or ""),
        "history": history,
        "history_shown": say(
            "{measure}: from {first} to {last}", measure=known(row["label"]), first=ends[0], last=ends[1]
        )
        if ends
        else "",
    }


def _change(row: Row) -> Band:
    value, before = row["value"], row["before"]
    if value is None or before is None:
        return {"raw": None, "shown": "", "sense": "", "before": before}
    difference = value - before
    shown = wording.change(difference, row["unit"], like=value)
    better = (difference < 0) == (row["better"] == "lower")
    sense = "" if shown == say("unchanged") else "better" if better else "worse"
    return {"raw": difference, "shown": shown, "sense": sense, "before": before}


def _definitions(findings: Findings, measures: list[Row]) -> Band:
    """Return each term once: the measures' own formulas first, then what the run adds."""
    terms: dict[str, str] = {}
    for row in rows_of(findings.headline, "headline"):
        terms.setdefault(known(row["label"]), row["definition"] or "")
    for row in measures:
        terms.setdefault(wording.named(row["measure"]), row["definition"])
    for row in rows_of(findings.counterfactual, "counterfactual"):
        spoken = known(LABELS.get(row["measure"]) or str(row["measure"]))
        terms.setdefault(say("{measure} (other policies)", measure=spoken), row["definition"])
    for term, meaning in findings.definitions:
        terms.setdefault(known(term), meaning)
    rows = [{"term": term, "meaning": known(said)} for term, said in terms.items() if said]
    return {"missing": "" if rows else say(NO_DEFINITIONS), "rows": rows}


def _reproduce(findings: Findings) -> Band:
    pairs: list[Band] = []
    for label, value in findings.reproduce.items():
        lines = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else list(_lines(value))
        pairs.append({"label": known(str(label)), "lines": [str(line) for line in lines]})
    return {"missing": "" if pairs else say(NO_REPRODUCE), "rows": pairs}


def _lines(value: Any) -> list[str]:
    return [f"{key}: {each}" for key, each in value.items()] if isinstance(value, dict) else list(value)
