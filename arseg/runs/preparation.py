"""What is settled before a stage runs: the experiment's parts, the key date, the notebooks, the record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import arseg
from arseg.runs.experiment import Experiment
from arseg.runs.journal import Run, create_run, ledger_path
from arseg.schema import DataError, UsageError

if TYPE_CHECKING:
    from arseg.ledger import Ledger

# In the order in which a run executes them: the report is drawn last, from what all others found.
STAGES: Final = (
    *("01_ledger", "02_features", "03_models", "04_policies", "05_backtest"),
    *("07_forecast", "06_report"),
)

# The daily refresh is one notebook: nothing is taught, looked back on or forecast.
DAILY_STAGES: Final = ("08_daily",)


def prepare_run(experiment: Experiment, *, key_date: str | dt.date | None, home: Path) -> Run:
    """Check everything that can be checked before a stage runs, and make the run's record.

    Parameters
    ----------
    experiment
        What the run is asked to do.
    key_date
        The day to stand on; see ``resolve_key_date``.
    home
        The home folder.

    Raises
    ------
    UsageError
        If the experiment names an unknown model, policy, playbook or parameter, or the key date is
        outside the ledger.
    DataError
        If the ledger cannot be read.
    """
    from arseg.ledger import read_ledger

    _check_parts(experiment, home)
    ledger = read_ledger(ledger_path(home, experiment.ledger))
    day = resolve_key_date(ledger, experiment.key_date if key_date is None else key_date)
    return create_run(experiment, key_date=day, home=home, ledger_hash=ledger.content_hash)


def resolve_key_date(ledger: Ledger, asked: str | dt.date | None) -> dt.date:
    """Return the day to stand on: the one asked for, else the last month-end that the ledger knows.

    Raises
    ------
    UsageError
        If it is not a day, or outside what the ledger knows.
    DataError
        If the ledger has no posting.
    """
    from arseg.schema.days import last_month_end

    if ledger.first_posting is None:
        raise DataError(
            "the ledger has no posting", given=ledger.name, allowed="one or more", do="load the payments too"
        )
    return ledger.require_day(asked if asked is not None else last_month_end(ledger.last_known))


def find_notebooks(home: Path, stages: Sequence[str] = STAGES) -> Path:
    """Return the folder with the stage notebooks: the home's own, else the checkout's.

    Raises
    ------
    UsageError
        If neither has all of them.
    """
    places = (home / "notebooks", Path(arseg.__file__).resolve().parent.parent / "notebooks")
    for place in places:
        if all((place / f"{stage}.ipynb").is_file() for stage in stages):
            return place
    raise UsageError(
        "the stage notebooks are not there",
        given=" and ".join(map(str, places)),
        allowed=", ".join(f"{stage}.ipynb" for stage in stages),
        do="run from a checkout of arseg, or name it with --home",
    )


def _check_parts(experiment: Experiment, home: Path) -> None:
    """Let each room refuse what it does not know, before a kernel starts."""
    from arseg.features import find_blocks
    from arseg.models import make_model
    from arseg.policies import make_policy
    from arseg.runs.provision_rules import rules_of
    from arseg.runs.team import capacity_of
    from arseg.treatments import read_playbook

    for model in (experiment.model, *experiment.challengers, *experiment.baselines):
        make_model(model.name, model.parameters)
    make_model("DeclaredPrior", experiment.gate.prior)
    rules_of(experiment)
    for policy in experiment.policies:
        make_policy(policy.name, policy.parameters)
    read_playbook(experiment.playbook_in(home))
    capacity_of(experiment.capacity)
    find_blocks(experiment.features.blocks, folder=experiment.blocks_in(home))
