from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arseg.runs.filing import file_run
from arseg.runs.lab.run_comparison import compare_runs, list_tracked, metrics_beside
from arseg.runs.mlflow_store import prepare
from arseg.runs.tracking import local_store
from arseg.schema import UsageError

# MLflow asks SQLAlchemy for what it will drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def request(trees: int, dso: float, data: str = "aa") -> dict[str, Any]:
    return {
        "run_name": "2025-11-30",
        "model_name": "demo",
        "parameters": {"name": "demo", "seed": 7, "model": {"trees": trees}},
        "metrics": {"dso": dso, "dso_low": dso - 2, "dso_high": dso + 2, "log_loss": 0.3},
        "tags": {
            "arseg.run_id": f"20251201T000000{trees:06d}Z-abcdef",
            "arseg.key_date": "2025-11-30",
            "arseg.data_hash": data,
        },
        "artifacts": [],
        "model_folder": None,
    }


@pytest.fixture(scope="module", name="home")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("tracked")
    experiment = prepare(local_store(home), "demo", home)
    for trees, dso in ((40, 40.0), (80, 44.0)):
        file_run(request(trees, dso), experiment, home, lambda _folder, _name: 0)
    return home


def test_two_runs_differ_in_the_parameters_that_differ_and_beyond_noise_where_their_intervals_say_so(
    home: Path,
) -> None:
    runs = list_tracked(home)
    assert sorted(runs["dso"]) == [40.0, 44.0]
    assert set(runs["key_date"]) == {"2025-11-30"}
    ids = runs.set_index("dso")["run"]
    found = compare_runs(ids[40.0][:12], ids[44.0], home=home)
    assert found.parameters.to_dict("records") == [
        {"parameter": "model.trees", "first": "40", "second": "80"}
    ]
    verdicts = found.metrics.set_index("metric")["verdict"].to_dict()
    # Half-widths 2 and 2: the difference 4 is more than sqrt(8) = 2.83.
    assert verdicts == {"dso": "beyond noise", "log_loss": "no interval"}
    assert found.metrics.loc[0, "noise"] == pytest.approx(8**0.5)
    assert found.same_data
    assert "model.trees" in found._repr_html_()


def test_a_difference_inside_the_noise_is_called_so() -> None:
    sides = [{"dso": at, "dso_low": at - 2, "dso_high": at + 2} for at in (40.0, 42.0)]
    assert metrics_beside(*sides)["verdict"].tolist() == ["within noise"]
    assert metrics_beside({"a": 1.0}, {})["verdict"].tolist() == ["no interval"]


def test_a_home_without_runs_and_an_unknown_run_are_refused(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing is tracked yet.*arseg run"):
        list_tracked(tmp_path)
    with pytest.raises(UsageError, match=r"no run has that id. Given: nope"):
        compare_runs("nope", "nope", home=home)
    with pytest.raises(UsageError, match="no run has that id"):
        compare_runs("", "", home=home)
