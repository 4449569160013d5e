"""The page of what the customer blocks know: docs/skill.md, from the rows of `skill`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "skill.md"

_HEAD: Final = """\
# What the customer blocks know

Made by `make skill` (`benchmarks/skill.py`); figures in `benchmarks/results/skill.json`. Do not edit.

Do the figures of a customer say what the items' own do not, and do they say it *of the customer*? On several key dates of
three public books each open item is a row. Outcome: paid within 30 (or 7) days of the key date, or of the due date where that is
later. A gradient-boosted logistic model learns on the earlier key dates, from rows whose term had run out by the first
later one and with what was known by then, and is judged on the later ones, with

- **items**: the figures of the invoice blocks only;
- **real**: beside them those of the customer blocks;
- **shuffled**: beside them those of customer blocks on the same book with customer ids dealt anew among the invoices (the
  mean of the shuffles). Such a customer is a sample of the book: its figures still say how the whole book pays at this
  time. So *real less shuffled* is what comes of knowing who the customer is.

The items' figures are those of the real book in all three. Invoice blocks that compare an item with its customer's others
therefore know something of the customer in all three, which understates the difference. AUC counts pairs of a paid and
an unpaid item on the same key date only, so knowing the date alone is worth nothing. In brackets: 95 % intervals over 1,000 draws
of whole customers; each draw also draws one of the shuffles.
"""

_LIMITS: Final = """\
## What this does not say

- It is one split by time per book. The intervals hold customers and shuffles to be drawn by lot, but not the months: a book-wide
  change between the earlier and the later key dates moves all three models, and log-loss more than AUC. Where only log-loss
  speaks, believe neither side.
- Two things were settled after a first look. 7 days was added because `ibm_ar` has next to nothing unpaid after 30; one
  shuffle, with AUC over all dates together, made real ids come out *worse* than shuffled ones on `ap_invoices`, beyond the interval:
  shuffles differ among themselves by more than customers explain (`log_loss_each_shuffle`), so several are dealt and drawn, and AUC
  stays within key dates. All three books have the same number of shuffles.
- One model of fixed settings, untuned. More columns cost something where they say nothing: that is *real less items* on a book
  without skill.
- `ibm_ar` is probably simulated, with customers of their own pace: it shows that the blocks find such customers, not how
  many there are elsewhere. In it nearly all is paid within 30 days, so that outcome has nothing to find; hence 7 days.
- `highradius` has no issue date, currency or terms on its cleared invoices (assumed, see docs/layouts.md), and only invoices
  that were cleared in the end are in that file: it is kinder than a real book. One customer holds a quarter of it.
- None of the books has contacts, disputes, promises, credit or indicators: those blocks stand untested here.
- `ap_invoices` is payables with party names that were scrambled when it was published: it is there to find nothing.
"""


_VERDICTS: Final = {
    (1, 1): "better",
    (-1, -1): "worse",
    (0, 0): "no difference",
    (1, 0): "better by AUC only",
    (-1, 0): "worse by AUC only",
    (0, 1): "better by log-loss only",
    (0, -1): "worse by log-loss only",
}


def verdict(row: dict[str, Any], other: str) -> str:
    """Say what both measures' intervals say of real ids less another set.

    Examples
    --------
    >>> verdict({"auc_real_minus_items": [0.1, 0.05, 0.2], "log_loss_real_minus_items": [-0.1, -0.2, -0.05]}, "items")
    'better'
    """
    area, loss = row[f"auc_real_minus_{other}"], row[f"log_loss_real_minus_{other}"]
    if area is None:
        return "nothing to find"
    signs = (int(area[1] > 0) - int(area[2] < 0), int(loss[2] < 0) - int(loss[1] > 0))
    return _VERDICTS.get(signs, "the measures disagree")


def write_page(rows: Sequence[dict[str, Any]], page: Path = PAGE) -> None:
    """Write the page of the rows of a full run."""
    page.write_text(
        "\n".join(
            [_HEAD, _books(rows), _table(rows, "auc"), _table(rows, "log_loss"), _reading(rows), _LIMITS]
        ),
        encoding="utf-8",
    )


def _books(rows: Sequence[dict[str, Any]]) -> str:
    lines = [
        "| book | key dates: learn, judge | columns: items, customers | paid within | rows: learn, judge | customers | unpaid |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{row['case']}` | {row['key_dates'][0]}, {row['key_dates'][1]} | {row['columns'][0]}, {row['columns'][1]} "
        f"| {one['grace']} days | {one['train_rows']:,}, {one['test_rows']:,} | {one['test_customers']:,} "
        f"| {one['unpaid_in_test']:,} ({1 - one['paid_share']:.1%}) |"
        for row in rows
        for one in row["outcomes"]
    ]
    return "\n".join(lines) + "\n"


def _table(rows: Sequence[dict[str, Any]], measure: str) -> str:
    title = {"auc": "AUC within key dates (higher is better)", "log_loss": "Log-loss (lower is better)"}[
        measure
    ]
    lines = [
        f"### {title}\n",
        "| book | paid within | items | real | shuffled | real less shuffled | real less items |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        for one in row["outcomes"]:
            arms = [one[measure][name] for name in ("items", "real_ids", "shuffled_ids")]
            shown = " | ".join("-" if value is None else f"{value:.3f}" for value in arms)
            gains = " | ".join(
                _interval(one[f"{measure}_real_minus_{name}"]) for name in ("shuffled_ids", "items")
            )
            lines.append(f"| `{row['case']}` | {one['grace']} days | {shown} | {gains} |")
    return "\n".join(lines) + "\n"


def _interval(found: Sequence[float] | None) -> str:
    return "-" if found is None else f"{found[0]:+.3f} ({found[1]:+.3f} to {found[2]:+.3f})"


def _reading(rows: Sequence[dict[str, Any]]) -> str:
    lines = [
        "## Reading\n",
        "*Better* or *worse* where the intervals of both measures leave out zero.\n",
        "| book | paid within | real ids against shuffled ones | real ids against items only |",
        "|---|---|---|---|",
    ]
    for row in rows:
        for one in row["outcomes"]:
            said = f"{verdict(one, 'shuffled_ids')} | {verdict(one, 'items')}"
            lines.append(f"| `{row['case']}` | {one['grace']} days | {said} |")
    return "\n".join(lines) + "\n"
