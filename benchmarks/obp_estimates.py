"""obp's estimates of a log of rounds: run by ``benchmarks/obp_beside.py`` in an environment of obp's own (Python 3.9).

Reads an .npz of ``action, reward, pscore, target, outcomes`` and prints estimates, intervals and seconds as JSON. obp
imports torch on loading and uses it for learning policies only; where it is absent an empty module stands in.
"""

import json
import sys
import time
import types

import numpy as np


class _Empty(types.ModuleType):
    def __getattr__(self, name):  # noqa: ANN001, ANN204
        if name.startswith("__"):
            raise AttributeError(name)
        return sys.modules.get(f"{self.__name__}.{name}") or type(name, (object,), {})


try:
    import torch  # noqa: F401
except ImportError:
    for name in (
        "torch",
        "torch.nn",
        "torch.nn.functional",
        "torch.optim",
        "torch.utils",
        "torch.utils.data",
    ):
        sys.modules[name] = _Empty(name)

from obp.ope import (  # noqa: E402
    DirectMethod,
    DoublyRobust,
    DoublyRobustWithShrinkage,
    InverseProbabilityWeighting,
    SelfNormalizedDoublyRobust,
    SelfNormalizedInverseProbabilityWeighting,
    SwitchDoublyRobust,
)
from obp.version import __version__  # noqa: E402

ESTIMATORS = {
    "IPS": InverseProbabilityWeighting(),
    "SNIPS": SelfNormalizedInverseProbabilityWeighting(),
    "DM": DirectMethod(),
    "DR": DoublyRobust(),
    "SNDR": SelfNormalizedDoublyRobust(),
    "SwitchDR": SwitchDoublyRobust(lambda_=5.0),
    "DRos": DoublyRobustWithShrinkage(lambda_=10.0),
}


def main() -> None:
    """Print the estimates."""
    log = dict(np.load(sys.argv[1]))
    draws = int(sys.argv[2])
    known = {
        "reward": log["reward"],
        "action": log["action"],
        "pscore": log["pscore"],
        "action_dist": log["target"][:, :, None],
        "estimated_rewards_by_reg_model": log["outcomes"][:, :, None],
        "position": np.zeros(len(log["action"]), dtype=int),
    }
    found = {}
    for name, estimator in ESTIMATORS.items():
        began = time.perf_counter()
        value = float(estimator.estimate_policy_value(**known))
        middle = time.perf_counter()
        interval = estimator.estimate_interval(**known, n_bootstrap_samples=draws, random_state=1)
        ends = [interval["95.0% CI (lower)"], interval["95.0% CI (upper)"]]
        found[name] = [value, *ends, middle - began, time.perf_counter() - middle]
    print(json.dumps({"version": __version__, "estimates": found}))


main()
