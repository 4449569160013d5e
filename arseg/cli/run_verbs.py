"""Verbs on runs and on what they published, and the two desks that look at them."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from arseg.cli.front_door import (
    HERE,
    ExperimentFile,
    FailOnAlarm,
    Home,
    Json,
    Published,
    app,
)

if TYPE_CHECKING:
    from arseg.runs.month_end import RunResult

Reason = Annotated[str, typer.Option(help="Why, for the journal.")]
By = Annotated[str, typer.Option(help="Who, for the journal; your account by default.")]


@app.command()
def run(
    experiment: ExperimentFile,
    key_date: Annotated[str | None, typer.Option(help="The day to stand on, YYYY-MM-DD.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Leave out the stages that an earlier attempt ended alike.")
    ] = False,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="STAGE", help="Begin with this stage; those before are kept."),
    ] = None,
    fail_on_alarm: FailOnAlarm = False,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Train, backtest, publish and report."""
    from arseg.runs.month_end import run_experiment
    from arseg.runs.staging import TakeUp, stage_named

    signal.signal(signal.SIGTERM, as_interrupt)
    begin = TakeUp(resume, stage_named(first) if first else None)
    result = run_experiment(experiment, key_date=key_date, home=home, begin=begin)
    if as_json:
        typer.echo(result.to_json())
    else:
        _say_run(result)
    if fail_on_alarm:
        fail_for_alarms(result, home)


def _say_run(result: RunResult) -> None:
    if result.tracked:
        typer.echo(f"mlflow: run {result.tracked['mlflow_run']} in {result.tracked['store']}")
    typer.echo(f"publication: {result.publication}")
    if not result.in_force:
        typer.echo("in force: still the publication of a later key date")
    typer.echo(f"report: {result.report}")
    typer.echo(f"worklist: {result.worklist}")
    for alarm in result.alarms:
        typer.echo(f"ALARM {alarm}")


def fail_for_alarms(result: RunResult, home: Path) -> None:
    """End with exit code 1 where anything stands against what a run published, saying what.

    Parameters
    ----------
    result
        What the run left behind.
    home
        The home folder.
    """
    from arseg.runs.alarms import alarms_after

    found = alarms_after(result, home)
    for alarm in found:
        typer.echo(f"arseg: published, with an ALARM: {alarm}", err=True)
    if found:
        raise typer.Exit(1)


@app.command()
def backtest(
    experiment: ExperimentFile,
    first: Annotated[str | None, typer.Option("--from", metavar="M", help="First month, YYYY-MM.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="M", help="Last month, YYYY-MM.")] = None,
    key_date: Annotated[str | None, typer.Option(help="The day whose knowledge judges, YYYY-MM-DD.")] = None,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Compare an experiment's policies over past key dates; nothing is published."""
    from arseg.runs.past_policies import compare_policies

    found = compare_policies(experiment, first=first, last=last, key_date=key_date, home=home)
    if as_json:
        typer.echo(found.to_json())
        return
    typer.echo(f"{len(found.key_dates)} key dates, {found.key_dates[0]} to {found.key_dates[-1]}")
    typer.echo(f"in force: {found.in_force}")
    for sentence in (*found.verdicts, *found.notes):
        typer.echo(sentence)
    typer.echo(f"report: {found.report}")
    typer.echo(f"tables: {found.tables}")


@app.command()
def status(home: Home = HERE, as_json: Json = False) -> None:
    """Say what is published and how the last run ended."""
    from arseg.runs.lock import require_home
    from arseg.runs.standing import describe, standing

    found = standing(require_home(home))
    typer.echo(found.to_json() if as_json else describe(found))


@app.command()
def verify(
    experiment: Annotated[
        str | None, typer.Argument(metavar="[EXPERIMENT]", help="Name; all of them by default.")
    ] = None,
    home: Home = HERE,
) -> None:
    """Compare every published byte with its manifest, and every target's row with it; exit 1 where one differs."""
    from arseg.runs.lock import require_home
    from arseg.runs.publication import verify as find_problems
    from arseg.runs.publication import versions
    from arseg.runs.standing import published_folder, published_folders
    from arseg.runs.targets.declared import kept_targets
    from arseg.runs.targets.lagging import target_faults

    folders = [published_folder(home, experiment)] if experiment else published_folders(require_home(home))
    problems = [problem for folder in folders for problem in find_problems(folder)]
    checked = [(folder, version) for folder in folders for version in versions(folder)]
    problems += [problem for folder, version in checked for problem in find_problems(folder, version)]
    problems += [problem for folder in folders for problem in target_faults(folder, home)]
    for problem in dict.fromkeys(problems):
        typer.echo(problem)
    if problems:
        raise typer.Exit(1)
    targets = sum(len(kept_targets(folder)) for folder in folders)
    typer.echo(f"{len(checked)} versions as published" + (f", {targets} targets alike" if targets else ""))


@app.command()
def rollback(
    experiment: Published,
    to: Annotated[str | None, typer.Option(help="Version id; the one before by default.")] = None,
    reason: Reason = "",
    by: By = "",
    home: Home = HERE,
) -> None:
    """Put an earlier publication in force again, in the folder and in its targets."""
    from arseg.runs.going_back import ByHand, go_back
    from arseg.runs.lock import exclusive

    with exclusive(home, "arseg rollback"):
        typer.echo(f"in force: {go_back(home, experiment, to=to, hand=ByHand(by, reason))}")


@app.command()
def publish(
    experiment: Published,
    version: Annotated[str | None, typer.Option(help="Version id; the one in force by default.")] = None,
    reason: Reason = "",
    by: By = "",
    home: Home = HERE,
) -> None:
    """Put a complete version in force everywhere: what a target stopped, or a target that is behind."""
    from arseg.runs.going_back import ByHand, put_in_force
    from arseg.runs.lock import exclusive

    with exclusive(home, "arseg publish"):
        typer.echo(f"in force: {put_in_force(home, experiment, version=version, hand=ByHand(by, reason))}")


@app.command()
def upload(home: Home = HERE, as_json: Json = False) -> None:
    """Tell MLflow what waited for it, runs and champions; exit 1 where something still waits."""
    from arseg.runs.lock import require_home
    from arseg.runs.uploading import upload as file_waiting

    found = file_waiting(require_home(home))
    if as_json:
        typer.echo(found.to_json())
    else:
        typer.echo(f"{len(found.filed)} runs filed, {len(found.waiting)} wait")
        for word, names in (("told of", found.told), ("not yet told of", found.untold)):
            if names:
                typer.echo(f"{word} the champion of {', '.join(names)}")
        for store, problem in found.problems.items():
            typer.echo(f"arseg: {store}: {problem}", err=True)
    if not found.whole:
        raise typer.Exit(1)


@app.command()
def lab(
    experiment: Annotated[
        Path | None, typer.Argument(metavar="[EXPERIMENT]", help="Prepare a run of it for the notebooks.")
    ] = None,
    key_date: Annotated[str | None, typer.Option(help="The day to stand on, YYYY-MM-DD.")] = None,
    port: Annotated[int, typer.Option(help="Port on this machine only.")] = 8888,
    demo: Annotated[bool, typer.Option("--demo", help="Make the demo book first, if absent.")] = False,
    home: Home = HERE,
) -> None:
    """Open your copies of the notebooks in JupyterLab, on this machine only."""
    from arseg.runs.desk import open_lab

    raise typer.Exit(open_lab(experiment, key_date=key_date, port=port, home=home, demo=demo))


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port on this machine only.")] = 5000,
    home: Home = HERE,
) -> None:
    """Open MLflow's pages, on this machine only."""
    from arseg.runs.desk import open_ui

    raise typer.Exit(open_ui(port=port, home=home))


def as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Let a stopped container end as an interrupted terminal does: journalled, kernels closed."""
    raise KeyboardInterrupt
