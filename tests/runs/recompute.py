"""Recompute every figure of a published page from its published tables, with pandas alone and nothing of arseg.

``python tests/runs/recompute.py FOLDER`` of a publication prints what differs; nothing differing is success.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

Numbers = dict[str, float]
CAUSES = ("time", "data", "model", "policy", "override")
RISK = {"Low": 0, "Medium": 1, "High": 2}
BANDS = ("expected", "low_50", "high_50", "low_80", "high_80")


def leaves(told: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Yield every number of the page's data with its place."""
    if isinstance(told, dict):
        for name, each in told.items():
            yield from leaves(each, f"{path}.{name}")
    elif isinstance(told, list):
        for place, each in enumerate(told):
            yield from leaves(each, f"{path}.{place}")
    elif isinstance(told, int | float) and not isinstance(told, bool):
        yield path, told


def differences(folder: Path) -> list[str]:
    """Return every number of the page that its tables do not give, and how many there are in all is asserted by the test."""
    page = json.loads((folder / "page.json").read_text(encoding="utf-8"))
    ours = Recomputed(folder, page).numbers
    found = []
    for path, value in leaves(page):
        if path not in ours:
            found.append(f"{path}: {value} has no source")
        elif not math.isclose(float(ours[path]), value, rel_tol=1e-9, abs_tol=1e-9):
            found.append(f"{path}: {value} on the page, {ours[path]} from the tables")
    return found


class Recomputed:
    """The page's numbers by their place, each from the published tables; the page gives only the order of its rows."""

    def __init__(self, folder: Path, page: dict[str, Any]) -> None:
        self.folder, self.page, self.numbers = folder, page, {}
        self.facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        self.policy = page["page"]["policy"]
        for band in (
            *(self.headline, self.since, self.cash, self.segments, self.profiles, self.moves, self.changes),
            *(self.measures, self.counterfactual, self.forecast, self.provision, self.answers, self.worklist),
            *(self.desks, self.trust, self.quality, self.monitor),
        ):
            band()

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder / f"{name}.parquet")

    def put(self, path: str, value: Any) -> None:
        if value is not None and pd.notna(value):
            self.numbers[path] = float(value)

    def row(self, path: str, row: Any, **fields: str) -> None:
        """Put the fields of a row under ``path.name.raw``; a name with a dot is a place as it stands."""
        for name, field in fields.items():
            self.put(f"{path}.{name}.raw", row[field])

    def ends(self, path: str, row: Any, low: str = "low", high: str = "high", name: str = "interval") -> None:
        self.put(f"{path}.{name}.low", row[low])
        self.put(f"{path}.{name}.high", row[high])

    def customers(self) -> pd.DataFrame:
        own = self.table("segmentations").query("policy == @self.policy")[["customer_id", "segment"]]
        return own.merge(self.table("customer_scores"), on="customer_id")

    def headline(self) -> None:
        for place, row in enumerate(self.table("headline").to_dict("records")):
            path = f".headline.cards.{place}"
            self.estimate(path, row)
            if pd.notna(row["before"]):
                self.put(f"{path}.change.raw", row["value"] - row["before"])
                self.put(f"{path}.change.before", row["before"])
            for month, value in enumerate(row["history"]):
                self.put(f"{path}.history.{month}", value)

    def estimate(self, path: str, row: Any) -> None:
        self.row(
            path, row, value="value", customers="customers", numerator="numerator", denominator="denominator"
        )
        self.ends(path, row)

    def since(self) -> None:
        lines = iter(enumerate(self.page["since"]["lines"]))
        head = self.table("headline").to_dict("records")
        moves = self.table("moves").query("from_segment != to_segment")
        rises = moves["to_segment"].map(RISK) > moves["from_segment"].map(RISK)
        changed = self.facts["changed"] or {}
        known = [
            *([row["value"] - row["before"], row["before"]] for row in head),
            [moves.loc[rises, "customers"].sum(), moves.loc[~rises, "customers"].sum()],
            [changed.get("came", 0), changed.get("left", 0)],
            *([sums.get("steps_up", 0)] for sums in (changed.get("by_cause") or {}).values()),
        ]
        for place, line in lines:
            for own in known:
                if len(own) == len(line["numbers"]) and own == line["numbers"]:
                    for each, value in enumerate(own):
                        self.put(f".since.lines.{place}.numbers.{each}", value)

    def cash(self) -> None:
        table = self.table("cash")
        largest = table[list(BANDS)].abs().to_numpy().max() if len(table) else 0.0
        scale = 1e6 if largest >= 5e6 else 1e3 if largest >= 5e3 else 1.0
        self.put(".cash.total.raw", table["expected"].sum())
        for place, row in enumerate(table.to_dict("records")):
            for name in BANDS:
                self.put(f".cash.weeks.{place}.{name}.raw", row[name])
                self.put(f".cash.plot.{place}.{name}", row[name] / scale)

    def segments(self) -> None:
        own = self.customers()
        own["risk"] = own["p_unpaid_30"] * own["open_balance"]
        sums = own.groupby("segment")[["open_balance", "overdue_balance", "risk"]].sum()
        seen = self.table("measures").query("policy == @self.policy and measure == 'unpaid_30_share'")
        seen = seen.set_index("segment")
        total = own["open_balance"].sum()
        self.put(".segments.total.customers.raw", len(own))
        self.put(".segments.total.exposure.raw", total)
        self.put(".segments.total.overdue.raw", own["overdue_balance"].sum())
        shown = []
        for place, row in enumerate(self.page["segments"]["rows"]):
            name, path = row["segment"], f".segments.rows.{place}"
            sum_ = sums.loc[name]
            self.put(f"{path}.customers.raw", (own["segment"] == name).sum())
            self.put(f"{path}.exposure.raw", sum_["open_balance"])
            self.put(f"{path}.exposure_share.raw", sum_["open_balance"] / total)
            self.put(f"{path}.overdue.raw", sum_["overdue_balance"])
            self.put(f"{path}.expected.raw", sum_["risk"] / sum_["open_balance"])
            if name in seen.index:
                self.put(f"{path}.observed.raw", seen.loc[name, "value"])
                self.ends(path, seen.loc[name])
            if row["customers"]["raw"] is not None:
                shown.append(sum_["open_balance"] / total)
        for place, share in enumerate([*shown, 1 - sum(shown)]):
            self.put(f".segments.stack.{place}.share.raw", share)

    def profiles(self) -> None:
        own = self.customers()
        for place, row in enumerate(self.page["profiles"]["rows"]):
            group, path = own[own["segment"] == row["segment"]], f".profiles.rows.{place}"
            cleared = group[group["late_share"].notna()]
            balance = group["open_balance"].sum()
            told = {
                "customers": len(group),
                "items": group["open_count"].sum(),
                "median_balance": group["open_balance"].median(),
                "median_oldest": group["oldest_days_past_due"].median(),
                "overdue_share": group["overdue_balance"].sum() / balance,
                "disputed_share": group["disputed_balance"].sum() / balance,
                "late_share": (cleared["late_share"] * cleared["cleared_count"]).sum()
                / cleared["cleared_count"].sum(),
                "largest_share": group["open_balance"].max() / balance,
            }
            for name, value in told.items():
                self.put(f"{path}.{name}.raw", value)

    def moves(self) -> None:
        counts = self.table("moves").set_index(["from_segment", "to_segment"])["customers"]
        for place, row in enumerate(self.page["moves"]["rows"]):
            self.put(f".moves.rows.{place}.customers.raw", counts[row["from_segment"], row["to_segment"]])

    def changes(self) -> None:
        told, table = self.facts["changed"] or {}, self.table("changes")
        both = {
            "both": len(table),
            "moved": (table["before"] != table["after"]).sum(),
            "came": told.get("came", 0),
            "left": told.get("left", 0),
        }
        for name, value in both.items():
            self.put(f".changes.{name}.raw", value)
        by_id = table.set_index("customer_id")
        for place, row in enumerate(self.page["changes"]["rows"]):
            own, path = by_id.loc[row["customer_id"]], f".changes.rows.{place}"
            self.row(
                path, own, score_before="score_before", score_after="score_after", open_balance="open_balance"
            )
            for cause in CAUSES:
                self.put(f"{path}.parts.{cause}.raw", own[f"score_{cause}"])
        for place, cause in enumerate(self.page["changes"]["causes"]):
            sums = (told.get("by_cause") or {}).get(cause["name"], {})
            for name, field in (("up", "steps_up"), ("down", "steps_down"), ("mean", "mean_score")):
                self.put(f".changes.causes.{place}.{name}.raw", sums.get(field))

    def measures(self) -> None:
        table = self.table("measures")
        by_name = table.set_index(["policy", "segment", "measure"])
        for place, row in enumerate(table.to_dict("records")):
            self.estimate(f".replay.parts.{place}", row)
        for band in ("replay", "separation"):
            for number, policy in enumerate(self.page[band]["policies"]):
                for place, segment in enumerate(policy["segments"]):
                    for name in segment["estimates"]:
                        row = by_name.loc[(policy["policy"], segment["segment"], name)]
                        path = f".{band}.policies.{number}.segments.{place}.estimates.{name}"
                        self.estimate(path, row)
                        # A ratio of sums, and said to be one.
                        assert row["denominator"] == 0 or math.isclose(
                            row["value"], row["numerator"] / row["denominator"]
                        )
        apart = table.query("measure == 'unpaid_30_share' and segment != 'all'")
        self.put(".separation.span", apart[["value", "high"]].max().max())

    def counterfactual(self) -> None:
        table = self.table("counterfactual")
        table = table[table["estimator"].isin(["SNDR", "bounds"])]
        by_name = table.drop_duplicates(["policy", "measure"], keep="last").set_index(["policy", "measure"])
        verdicts = self.table("verdicts")
        for place, policy in enumerate(self.page["counterfactual"]["policies"]):
            path = f".counterfactual.policies.{place}"
            own = verdicts[verdicts["policy"] == policy["policy"]].iloc[0]
            self.put(f"{path}.break_even.raw", own["break_even_lambda"])
            for name in policy["estimates"]:
                self.difference(f"{path}.estimates.{name}", by_name.loc[(policy["policy"], name)])
        for place, row in enumerate(self.page["counterfactual"]["chart"]["rows"]):
            self.difference(f".counterfactual.chart.rows.{place}", by_name.loc[(row["policy"], "dso")])

    def difference(self, path: str, row: Any) -> None:
        self.row(path, row, value="difference", in_force="in_force")
        self.ends(path, row)

    def forecast(self) -> None:
        if self.page["forecast"]["missing"]:
            self.put(".forecast.weeks", 0)
            return
        table = self.table("cash_to_date")
        weeks = table["ahead"].max()
        ends = table[table["ahead"] == weeks].set_index(["source", "by", "group"])
        self.put(".forecast.weeks", weeks)
        self.sum_(".forecast.whole", ends.loc[("open items", "total", "all")])
        for place, row in enumerate(self.page["forecast"]["sums"]):
            for source in ("open items", "new sales", "all"):
                key = (source, row["by"], row["group"])
                if key in ends.index:
                    self.sum_(f".forecast.sums.{place}.{source.replace(' ', '_')}", ends.loc[key])
        scenarios = self.table("cash_scenarios")
        for place, row in enumerate(scenarios[scenarios["ahead"] == 0].to_dict("records")):
            path = f".forecast.scenarios.{place}"
            self.row(path, row, after="expected_after", difference="expected")
            self.ends(path, row, "low_80", "high_80", "band")
        self.said_and_came()

    def sum_(self, path: str, row: Any) -> None:
        self.row(path, row, expected="expected")
        self.ends(path, row, "low_80", "high_80", "band")

    def said_and_came(self) -> None:
        for place, row in enumerate(self.table("forecast_accuracy").to_dict("records")):
            names = {"weeks": "weeks", "actual": "actual", "wape": "wape", "bias": "bias", "crps": "crps"}
            self.row(f".forecast.accuracy.{place}", row, coverage="coverage_80", **names)
        for place, row in enumerate(self.table("largest_misses").to_dict("records")):
            names = {name: name for name in ("ahead", "expected", "actual", "miss")}
            self.row(f".forecast.misses.{place}", row, **names)
        said = self.table("said_and_came").query("method == 'arseg' and group == 'all'")
        said = said[said["origin"] == said["origin"].max()].sort_values("ahead")
        largest = self.table("cash_to_date")["high_80"].max()
        scale = 1e6 if largest >= 5e6 else 1e3 if largest >= 5e3 else 1.0
        for name, field in (("said", "expected"), ("came", "actual")):
            for place, value in enumerate(said[field].cumsum()):
                self.put(f".forecast.fan.{place}.{name}", value / scale)

    def provision(self) -> None:
        if self.page["provision"]["missing"]:
            return
        self.put(".provision.allowance.raw", self.facts["provision"]["allowance"])
        for place, row in enumerate(self.table("provision_matrix").to_dict("records")):
            self.row(
                f".provision.cells.{place}",
                row,
                exposed="exposed",
                rate="outlook_rate",
                allowance="allowance",
            )
        methods = self.table("provision_reconciliation").query("bucket == 'total'")
        for place, row in enumerate(methods.to_dict("records")):
            self.row(f".provision.methods.{place}", row, allowance="allowance", rate="rate", gap="gap_share")
        rolled = self.table("provision_roll_forward")
        rolled = rolled.loc[
            rolled["segment"].map(RISK).fillna(-1).sort_values(ascending=False, kind="stable").index
        ]
        for place, row in enumerate(rolled.to_dict("records")):
            names = ("opening", "charge", "written_off", "recovered", "fx", "closing")
            self.row(f".provision.rolled.{place}", row, **{name: name for name in names})
        for name, table in (("steps", "provision_exclusions"), ("bridge", "provision_bridge")):
            amounts = self.table(table).set_index("step")["amount"]
            for place, step in enumerate(self.page["provision"][name]):
                self.put(f".provision.{name}.{place}.amount.raw", amounts[step["name"]])

    def answers(self) -> None:
        """Every row of a further table is one row of the published table of that name, number by number."""
        for band, told in self.page["answers"].items():
            for number, table in enumerate(told["tables"]):
                rows = [_plain(row) for row in self.table(table["name"]).to_dict("records")]
                for place, cells in enumerate(table["rows"]):
                    raws = [cell["raw"] for cell in cells if cell["raw"] is not None]
                    if any(all(_among(raw, row) for raw in raws) for row in rows):
                        for column, cell in enumerate(cells):
                            if isinstance(cell["raw"], int | float):
                                path = f".answers.{band}.tables.{number}.rows.{place}.{column}.raw"
                                self.put(path, cell["raw"])

    def worklist(self) -> None:
        table = self.table("worklist")
        by_id = table.set_index("customer_id")
        self.put(".worklist.count.raw", len(table))
        for place, row in enumerate(self.page["worklist"]["rows"]):
            own, path = by_id.loc[row["customer_id"]], f".worklist.rows.{place}"
            self.put(f"{path}.rank", own["rank"])
            self.put(f"{path}.minutes", own["minutes"])
            names = ("open_balance", "overdue_balance", "expected_value")
            self.row(path, own, **{name: name for name in names})
        manual = table[table["handling"] != "automatic"]
        today = manual[manual["on_today"]]
        worth = [each["expected_value"].astype(float).clip(lower=0).sum() for each in (today, manual)]
        capacity = self.facts["capacity"] or {}
        told = [
            *(len(table), len(table) - len(manual), len(manual), len(today)),
            worth[0] / worth[1] if worth[1] else None,
            *(capacity.get(name) for name in ("hours", "used_hours", "shadow_price")),
        ]
        for place, value in enumerate(told):
            self.put(f".worklist.coverage.{place}.raw", value)

    def desks(self) -> None:
        self.put(".desks.gini", (self.facts["capacity"] or {}).get("gini"))
        for place, row in enumerate(self.table("desks").to_dict("records")):
            path = f".desks.rows.{place}"
            self.put(f"{path}.hours.raw", row["minutes"] / 60)
            self.put(f"{path}.used.raw", row["used_minutes"] / 60)
            names = ("full", "customers", "own_customers", "hour_price")
            self.row(path, row, **{name: name for name in names})
        preferred = self.table("preferred").set_index(["segment", "preferred"])
        for place, row in enumerate(self.page["reach"]["rows"]):
            own = preferred.loc[(row["segment"], row["preferred"])]
            self.row(f".reach.rows.{place}", own, n="n", share="share")

    def trust(self) -> None:
        losses = self.table("accuracy").set_index(["model", "horizon"])
        horizons = sorted(set(losses.index.get_level_values("horizon")))
        for place, horizon in enumerate(horizons):
            self.put(f".accuracy.horizons.{place}.days", horizon)
            for number, model in enumerate(self.page["accuracy"]["models"]):
                own, path = losses.loc[(model["model"], horizon)], f".accuracy.models.{number}.cells.{place}"
                self.put(f"{path}.log_loss.raw", own["log_loss"])
                self.put(f"{path}.rows", own["rows"])
                self.put(f"{path}.customers", own["customers"])
        groups = self.table("calibration").dropna(subset=["expected", "observed"])
        self.put(
            ".calibration.span", groups[["expected", "observed", "high"]].max().max() if len(groups) else 1.0
        )
        for place, row in enumerate(groups.to_dict("records")):
            path = f".calibration.groups.{place}"
            self.row(path, row, rows="rows", expected="expected", observed="observed")
            for end in ("low", "high"):
                self.put(f"{path}.interval.{end}", row[end])

    def monitor(self) -> None:
        path = self.folder / "monitor.parquet"
        table = pd.read_parquet(path) if path.is_file() else pd.DataFrame(columns=["alarm", "p"])
        table = table[table["p"].notna()]
        self.put(".monitor.watched.raw", len(table))
        alarms = table["alarm"].astype(bool).sum()
        self.put(".monitor.alarms.raw", alarms)
        self.put(".monitor.more", max(0, alarms - len(self.page["monitor"]["rows"])))
        for place, shown in enumerate(self.page["monitor"].get("rows", [])):
            for row in table.to_dict("records"):
                fits = all(
                    shown[name]["raw"] is None or math.isclose(shown[name]["raw"], row[name])
                    for name in ("value", "usual", "standardised")
                )
                if fits and shown["series"] == str(row["series"]):
                    self.row(
                        f".monitor.rows.{place}",
                        row,
                        value="value",
                        usual="usual",
                        standardised="standardised",
                    )

    def quality(self) -> None:
        found = {(row["code"], row["message"]): row for row in self.table("quality").to_dict("records")}
        for place, row in enumerate(self.page["quality"]["rows"]):
            own = found[row["code"], row["message"]]
            self.row(f".quality.rows.{place}", own, count="count", amount="amount")
        checked = self.facts["checked"] or {}
        for place, row in enumerate(self.page["quality"]["ages"]):
            own = next(each for each in checked["freshness"] if each["table"] == row["table"])
            self.row(f".quality.ages.{place}", own, rows="rows", age="age_days", allowed="max_age_days")
        sources = {row["source"]: row for row in checked.get("sources", [])}
        names = ("rows_read", "rows_loaded", "rows_quarantined")
        for place, row in enumerate(self.page["quality"]["sources"]):
            shown = {each["source"] for each in self.page["quality"]["sources"]}
            rest = [own for name, own in sources.items() if name not in shown]
            own = sources.get(row["source"]) or {name: sum(each[name] for each in rest) for name in names}
            self.row(f".quality.sources.{place}", own, **{name: name for name in names})


def _plain(row: dict[str, Any]) -> list[Any]:
    return [float(value) if _is_number(value) else str(value) for value in row.values()]


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, str | bool)


def _among(raw: Any, row: Iterable[Any]) -> bool:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return str(raw) in row or any(isinstance(each, str) and each.startswith(str(raw)) for each in row)
    return any(
        isinstance(each, float) and math.isclose(each, raw, rel_tol=1e-12, abs_tol=1e-12) for each in row
    )


if __name__ == "__main__":
    told = differences(Path(sys.argv[1]))
    sys.stdout.write("\n".join([*told, "" if told else "every figure of the page follows from its tables\n"]))
    sys.exit(bool(told))
