"""Verbs on champions and on other days than the month-end: the daily refresh, promotions, past months."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Annotated

import typer

from arseg.cli.front_door import HERE, ExperimentFile, FailOnAlarm, Home, Json, app
from arseg.cli.run_verbs import as_interrupt, fail_for_alarms

if TYPE_CHECKING:
    from arseg.runs.backfill import Month
    from arseg.runs.promotion import Promoted


@app.command()
def score(
    experiment: ExperimentFile,
    key_date: Annotated[
        str | None, typer.Option(help="The day to stand on, YYYY-MM-DD; the ledger's last known day.")
    ] = None,
    fail_on_alarm: FailOnAlarm = False,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Refresh the day's worklist with the champion: no training; exit 1 where its approval has ended."""
    from arseg.runs.daily import overdue_by, score_day

    signal.signal(signal.SIGTERM, as_interrupt)
    result = score_day(experiment, key_date=key_date, home=home)
    if as_json:
        typer.echo(result.to_json())
    else:
        typer.echo(f"key date: {result.key_date}")
        typer.echo(f"publication: {result.publication}")
        if not result.in_force:
            typer.echo("in force: still the publication of a later key date")
        typer.echo(f"report: {result.report}")
        typer.echo(f"worklist: {result.worklist}")
    late = overdue_by(result)
    if late:
        typer.echo(f"arseg: published under a stamp. {late}", err=True)
        raise typer.Exit(1)
    if fail_on_alarm:
        fail_for_alarms(result, home)


@app.command()
def promote(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="Name, or its file.")],
    approver: Annotated[str, typer.Option(help="Who approves it.")] = "",
    reason: Annotated[str, typer.Option(help="Why, in words.")] = "",
    until: Annotated[str, typer.Option("--until", "--expires", help="Its last day, YYYY-MM-DD.")] = "",
    run_id: Annotated[
        str | None,
        typer.Option("--run", help="The run that published it; the month-end in force by default."),
    ] = None,
    version: Annotated[str | None, typer.Option(help="Or the version of its edition.")] = None,
    despite: Annotated[
        bool, typer.Option("--despite", help="Although it is worse than the champion, beyond chance.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="List all promotions, and change nothing.")] = False,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Make a month-end's model and policy the champion: compared, approved by name, until a day."""
    from arseg.runs.promotion import Approval, list_promotions
    from arseg.runs.promotion import promote as make_champion
    from arseg.runs.standing import published_folder

    name = published_folder(home, experiment).name
    if listing:
        for line in list_promotions(home.resolve(), name, as_json=as_json):
            typer.echo(line)
        return
    approval = Approval(approver, reason, until, despite=despite)
    found = make_champion(name, approval, run_id=run_id, version=version, home=home)
    if as_json:
        typer.echo(found.to_json())
    else:
        _tell(found)


def _tell(found: Promoted) -> None:
    champion, told = found.champion, found.champion.comparison
    replaced = f", in place of {found.replaces.version}" if found.replaces else ""
    typer.echo(f"champion: {champion.model} of {champion.key_date}, edition {champion.version}{replaced}")
    typer.echo(f"approved by {champion.approver} until {champion.until}: {champion.reason}")
    typer.echo(f"against {told['against']}")
    typer.echo(told.get("note") or told["in_words"])
    typer.echo(f"record: {found.record}")
    if found.untold:
        typer.echo(
            f"arseg: MLflow was not told ({found.untold}); the next run or `arseg upload` tells it", err=True
        )


@app.command()
def backfill(
    experiment: ExperimentFile,
    first: Annotated[str, typer.Option("--from", metavar="M", help="First month, YYYY-MM.")],
    last: Annotated[str, typer.Option("--to", metavar="M", help="Last month, YYYY-MM.")],
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Run past month-ends in order, each with what was known then; go on where one was stopped."""
    from arseg.runs.backfill import backfill as run_months

    signal.signal(signal.SIGTERM, as_interrupt)

    def tell(month: Month, number: int, of: int) -> None:
        typer.echo(f"{number} of {of}: {month.key_date} {month.done}, {month.version}", err=True)

    found = run_months(experiment, first=first, last=last, home=home, progress=tell)
    if as_json:
        typer.echo(found.to_json())
        return
    ran = sum(month.done == "published" for month in found.months)
    typer.echo(f"{ran} months published, {len(found.months) - ran} passed over")
    typer.echo(f"in force: {found.in_force or 'nothing'}")
