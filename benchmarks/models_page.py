"""The page of the models beside their peers: docs/models.md and its figure, from the rows of `models`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from models_books import BOOKS

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "models.md"
OURS: Final = "arseg DiscreteHazard"
_SHARE: Final = 1 / 5

Row = dict[str, Any]

_HEAD: Final = """\
# Our models beside other people's

Made by `make models` (`benchmarks/models.py`); figures in `benchmarks/results/models.json`. Do not edit.

Rows are open items on key dates, with the feature blocks of the package. Models learn from the key dates before a cut, with what was known
by the cut, and are judged on later ones. All systems get the same rows and columns in one run, one thread each, a process of their own, and at most
240 CPU seconds; imports are not counted.

- **log-loss**: of "paid by day h", mean over h = 7, 14, 30, 60, 90, on the rows followed as long; *by amount*: weighted with the balance.
- **IBS**: integrated Brier score of payment over days 1 to 90, weighted for censoring.
- **C**: Uno's concordance of the days paid within 30 (the area under the curve: where nearly all pay within 30 days, their
  probability by day 30 says little of who pays first).
- **slope**: of the calibration at 30 days; 1 is perfect, below 1 is too extreme, - where too few stay open.
- **CPU s**: to learn. **GiB**: peak of the process. **learnt from**: where a peer could not carry all rows, as many as it could, by lot;
  boosters on person-period rows are given ours, up to 150,000 before rows without an event are drawn one in four.

The goal: `DiscreteHazard`, the default, has the lowest log-loss and IBS on every book, at no more than a fifth of the CPU of the peer nearest in
log-loss. What is not reached stands as *lost*.
"""

_REASONS: Final = """\
## Why what is lost is lost

- **A fifth of the CPU.** On a small book the nearest peer is a Cox model or a booster on *our* person-period rows: a
  regression of one linear form costs less than any search for the number of trees, and the other boosters profit from the rows, the grid and the
  habit column that are ours. The number of trees is searched on rows held out and the booster then grown anew on all rows, which doubles
  the cost; without that, small books lose in log-loss.
- **Late on `highradius`.** The curves miss the floor of AUC by a hair where MAE and C are beaten: their trees are counted by log-loss
  over all days, and the latest due days ask for few; more of them rank better and date worse. A classifier learnt for this
  one question beats it.
- **The clean world.** A booster of scikit-learn on our person-period rows is ahead by 1 % in log-loss, with 2.4 times the CPU; by amount
  and in concordance ours is. Ours is a little too sure there (slope 0.90), the other too unsure (1.13): where nothing drifts, trees counted on
  the latest due days are more than the rows carry. On the other five books the same booster comes after ours, in the typical world by far.
- **Credit notes.** 1.5 % of the invoices of known incidence end in one, and their true chance grows exponentially with one column: what is
  missing is missing in the tail of that column, where a booster of 256 steps has one. Rare causes are therefore cut into 1,024.
"""

_AGAIN: Final = """\
## How to run it again

`pip install lifelines scikit-survival hazardous lightgbm` beside the package (scikit-survival is GPL: never a dependency), then

```sh
python benchmarks/models.py --floors --known 1e6 --seeds 1 2 3      # all, an hour and more on two cores
python benchmarks/models.py --books highradius --systems ours       # one book, our models; other rows stay
python benchmarks/models.py --quick                                 # two books, every fourth key date
```

Rows are written one by one, so a run that is stopped loses nothing; `--frames DIR` keeps the rows of the books for the next run.
The public books are read from `../shared/data` and are not part of the project; the two worlds are drawn.
"""


def write_page(rows: Sequence[Row], page: Path = PAGE) -> None:
    """Write the page of all rows there are."""
    books = [name for name in BOOKS if any(row["case"] == name for row in rows)]
    parts = [_HEAD, _verdicts(rows, books), *(_table(rows, name) for name in books)]
    page.write_text("\n".join([*parts, _floors(rows), _known(rows), _REASONS, _AGAIN]), encoding="utf-8")


def compared(rows: Sequence[Row], book: str) -> Row | None:
    """Return our default on a book beside the best peer in log-loss, the best in IBS, and the nearest in log-loss.

    Examples
    --------
    >>> one = {"case": "b", "system": OURS, "log_loss": 0.2, "integrated_brier": 0.1, "fit_cpu_seconds": 1.0}
    >>> other = one | {"system": "peer", "log_loss": 0.3, "fit_cpu_seconds": 10.0}
    >>> found = compared([one, other], "b")
    >>> found["log_loss"], found["integrated_brier"], found["cpu_share"]
    (True, True, 0.1)
    """
    mine = [row for row in rows if row["case"] == book and "log_loss" in row]
    own = next((row for row in mine if row["system"] == OURS), None)
    peers = [row for row in mine if not row["system"].startswith("arseg ")]
    if own is None or not peers:
        return None
    nearest = min(peers, key=lambda row: abs(row["log_loss"] - own["log_loss"]))
    best = {
        name: min(row[name] for row in peers if row[name] is not None)
        for name in ("log_loss", "integrated_brier")
    }
    return {
        "own": own,
        "nearest": nearest,
        "best": best,
        "cpu_share": own["fit_cpu_seconds"] / max(nearest["fit_cpu_seconds"], 1e-9),
    } | {name: own[name] <= value for name, value in best.items()}


def _verdicts(rows: Sequence[Row], books: Sequence[str]) -> str:
    lines = [
        "## Reading\n",
        "| book | log-loss: ours, best peer | IBS: ours, best peer | nearest peer | CPU s: ours, its | log-loss | IBS | CPU |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for book in books:
        found = compared(rows, book)
        if found is None:
            lines.append(f"| {book} | - | - | - | - | not measured | not measured | not measured |")
            continue
        own, nearest, best = found["own"], found["nearest"], found["best"]
        said = [
            _said(found["log_loss"]),
            _said(found["integrated_brier"]),
            _said(found["cpu_share"] <= _SHARE),
        ]
        lines.append(
            f"| {book} | {own['log_loss']:.4f}, {best['log_loss']:.4f} | {own['integrated_brier']:.4f}, "
            f"{best['integrated_brier']:.4f} | {nearest['system']} | {own['fit_cpu_seconds']:.1f}, "
            f"{nearest['fit_cpu_seconds']:.1f} | {' | '.join(said)} |"
        )
    return "\n".join(lines) + "\n\n![Log-loss and CPU seconds](../benchmarks/results/models.png)\n"


def _said(reached: bool) -> str:  # noqa: FBT001
    return "reached" if reached else "**lost**"


def _table(rows: Sequence[Row], book: str) -> str:
    own = [row for row in rows if row["case"] == book]
    shape = own[0]
    lines = [
        f"## {book}\n",
        f"{shape['train_rows']:,} rows to learn from, {shape['test_rows']:,} to be judged on, {shape['columns']} columns.\n",
        "| system | log-loss | by amount | IBS | C | slope | CPU s | GiB | learnt from |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in own:
        if "log_loss" not in row:
            lines.append(f"| {row['system']} | {row.get('failed') or 'not installed'} | | | | | | | |")
            continue
        measures = ("log_loss", "log_loss_amount", "integrated_brier", "concordance_30", "slope_30")
        shown = [_number(row[name], 3 if name.endswith("30") else 4) for name in measures]
        cost = [
            _number(row["fit_cpu_seconds"], 1),
            _number(row["peak_gib"], 2),
            row.get("learnt_from", "all rows"),
        ]
        lines.append(f"| {' | '.join([row['system'], *shown, *cost])} |")
    return "\n".join(lines) + "\n"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None or value != value else f"{value:.{digits}f}"  # noqa: PLR0124 (NaN)


def _floors(rows: Sequence[Row]) -> str:
    lines = [
        "## Floors of the public data\n",
        "Invoices on their day of issue, on the splits of the floors: untuned boosting on cleared invoices and the party's",
        "earlier ones. Here the default model's curves, learnt with censoring. MAE of the median pay date in days; AUC of late; C. A",
        "classifier (`BoostedClassifier`) answers late or not alone: learnt from all invoices whose lateness is known by the cut,",
        "its columns chosen on the three months before the cut of highradius.\n",
        "| book | invoices judged | MAE: ours, floor | AUC: curves, classifier, floor | C: ours, floor | log-loss: with censoring, cleared only |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        if "mae_floor" not in row:
            continue
        shown = []
        for name, digits, sign in (("mae", 2, -1), ("auc", 3, 1), ("concordance", 3, 1)):
            ours, floor = row[name], row[f"{name}_floor"]
            ways = [ours, *([row["auc_classifier"]] if name == "auc" else [])]
            lost = "" if max(sign * (way - floor) for way in ways) >= 0 else " **lost**"
            shown.append(", ".join(f"{value:.{digits}f}" for value in (*ways, floor)) + lost)
        both = [row.get("log_loss"), row.get("log_loss_cleared_only")]
        shown.append("none is open" if both[0] is None else f"{both[0]:.4f}, {both[1]:.4f}")
        lines.append(
            f"| {row['case'].removeprefix('floors of ')} | {row['test_rows']:,} | {' | '.join(shown)} |"
        )
    return "\n".join(lines) + "\n"


def _known(rows: Sequence[Row]) -> str:
    lines = [
        "## Invoices of known incidence\n",
        "R2 of the true incidence against the marginal one, over ten horizons of 7 to 180 days, on 20,000 invoices; goals: paid",
        "0.97, write-off 0.35, credit note 0.96, 120 CPU s, 2 GiB.\n",
        "| invoices | paid | write-off | credit note | CPU s to learn | GiB |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['case']} | {_goal(row['r2_paid'], 0.97)} | {_goal(row['r2_written_off'], 0.35)} "
        f"| {_goal(row['r2_credited'], 0.96)} | {row['fit_cpu_seconds']:.0f} | {row['peak_gib']:.2f} |"
        for row in rows
        if "r2_paid" in row
    ]
    return "\n".join(lines) + "\n"


def _goal(value: float, goal: float) -> str:
    return f"{value:.3f}" if value >= goal else f"{value:.3f} **lost**"


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw log-loss against CPU seconds, a panel per book."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    books = [name for name in BOOKS if compared(rows, name)]
    if not books:
        return
    figure, axes = plt.subplots(2, 3, figsize=(11, 6.2), layout="constrained", squeeze=False)
    for axis in axes.flat[len(books) :]:
        axis.set_visible(False)
    for book, axis in zip(books, axes.flat, strict=False):
        for row in rows:
            if row["case"] != book or "log_loss" not in row:
                continue
            colour = (
                "#b5382a"
                if row["system"] == OURS
                else "#3a6ea5"
                if row["system"].startswith("arseg")
                else "#777777"
            )
            spot = max(row["fit_cpu_seconds"], 0.02), row["log_loss"]
            axis.plot(*spot, "o", color=colour, markersize=5)
            axis.annotate(
                _short(row["system"]),
                spot,
                xytext=(4, 3),
                textcoords="offset points",
                fontsize=6,
                color=colour,
            )
        axis.set(xscale="log", title=book)
        axis.margins(x=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("CPU seconds to learn")
    figure.supylabel("log-loss, lower is better")
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _short(system: str) -> str:
    return (
        system.removeprefix("arseg ")
        .replace("scikit-survival ", "sksurv ")
        .replace("scikit-learn ", "sklearn ")
    )
