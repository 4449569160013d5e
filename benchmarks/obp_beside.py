"""Our estimates beside those of obp (Open Bandit Pipeline) on the same rounds, each on its own Python.

``python benchmarks/obp_beside.py --obp PYTHON``: an interpreter that has obp, for instance Python 3.9 with
``pip install --no-deps obp==0.5.5`` and numpy < 1.24, scikit-learn 1.0.2, pandas < 1.5, matplotlib, seaborn, pyieoe.
A small log with logged chances in the style of the Open Bandit data, four rounds whose estimates are computed by hand in
``tests/backtest/value/test_estimators.py``, and 50,000 rounds of 5,000 customers, on which intervals are drawn too: obp
draws rounds, we sum by customer.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from measuring import report

from arseg.backtest.value.estimators import (
    clustered_error,
    direct,
    doubly_robust,
    ips,
    optimistic_dr,
    self_normalised_dr,
    snips,
    switch_dr,
)
from arseg.backtest.value.logged import Logged

OURS: Final = {
    "IPS": lambda log, target, _: ips(log, target),
    "SNIPS": lambda log, target, _: snips(log, target),
    "DM": direct,
    "DR": doubly_robust,
    "SNDR": self_normalised_dr,
    "SwitchDR": lambda log, target, model: switch_dr(log, target, model, tau=5.0),
    "DRos": lambda log, target, model: optimistic_dr(log, target, model, shrink=10.0),
}
DRAWS: Final = 100
NORMAL: Final = 1.959963984540054


def main() -> None:
    """Run both and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--obp", required=True, help="a Python that has obp")
    given = parser.parse_args()
    rows = []
    for case, (log, target, outcomes, truth) in {"by hand": by_hand(), "customers": of_customers()}.items():
        theirs = run_obp(given.obp, log, target, outcomes)
        for name, estimate in OURS.items():
            began = time.perf_counter()
            psi = estimate(log, target, outcomes)
            value = float(psi.mean())
            reach = NORMAL * float(clustered_error(psi, log.customer)[0])
            seconds = time.perf_counter() - began
            other = theirs["estimates"][name]
            rows.append(
                {
                    "case": case,
                    "estimator": name,
                    "rounds": len(log),
                    "truth": truth,
                    "ours": value,
                    "obp": other[0],
                    "differ_by": abs(value - other[0]),
                    "our_interval": [value - reach, value + reach],
                    "obp_interval": other[1:3],
                    "our_seconds": round(seconds, 4),
                    "obp_seconds": round(other[3] + other[4], 4),
                    "obp_version": theirs["version"],
                }
            )
    report("obp_beside", rows)


def by_hand() -> tuple[Logged, np.ndarray, np.ndarray, None]:
    """Return the four rounds of the test."""
    log = Logged(
        customer=np.array([0, 1, 2, 3]),
        action=np.array([0, 1, 0, 1]),
        propensity=np.array([[0.8, 0.2], [0.5, 0.5], [0.4, 0.6], [0.75, 0.25]]),
        reward=np.array([[1.0], [0.0], [1.0], [1.0]]),
        actions=("A", "B"),
        components=("click",),
    )
    target = np.array([[0.4, 0.6], [0.5, 0.5], [0.8, 0.2], [0.5, 0.5]])
    outcomes = np.array([[[0.5], [0.25]], [[0.5], [0.5]], [[0.75], [0.0]], [[0.25], [0.5]]])
    return log, target, outcomes, None


def of_customers(customers: int = 5_000, each: int = 10) -> tuple[Logged, np.ndarray, np.ndarray, float]:
    """Return rounds of customers who click at a rate of their own, whatever is shown, and a rough outcome model."""
    chance = np.random.default_rng(11)
    count = customers * each
    customer = np.repeat(np.arange(customers), each)
    habit = chance.beta(1, 3, customers)[customer]
    lift = np.array([0.0, 0.05, 0.1])
    logged = chance.dirichlet([4.0, 3.0, 2.0], count) * 0.85 + 0.05
    action = (chance.random(count)[:, None] >= np.cumsum(logged, axis=1)[:, :-1]).sum(axis=1)
    reward = (chance.random(count) < habit * 0.8 + lift[action]).astype(np.float64)
    log = Logged(customer, action, logged, reward[:, None], ("A", "B", "C"), ("click",))
    target = np.tile([0.1, 0.2, 0.7], (count, 1))
    outcomes = np.tile((0.2 + 0.8 * lift)[None, :, None], (count, 1, 1))
    return log, target, outcomes, float(0.8 * 0.25 + target[0] @ lift)


def run_obp(python: str, log: Logged, target: np.ndarray, outcomes: np.ndarray) -> dict[str, Any]:
    """Return obp's estimates, 95 % intervals and seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.npz"
        np.savez(
            path,
            action=log.action,
            reward=log.reward[:, 0],
            pscore=log.taken,
            target=target,
            outcomes=outcomes[:, :, 0],
        )
        script = Path(__file__).parent / "obp_estimates.py"
        done = subprocess.run(  # noqa: S603
            [python, str(script), str(path), str(DRAWS)], check=True, capture_output=True, text=True
        )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
