"""Verbs that ask whether a publication can still be believed, and write down that somebody looked."""

from __future__ import annotations

from typing import Annotated

import typer

from arseg.cli.front_door import HERE, Home, Json, Published, app
from arseg.schema import parse_day


@app.command()
def monitor(
    experiment: Published,
    on: Annotated[str | None, typer.Option(help="The day on which one asks, YYYY-MM-DD; today.")] = None,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Say what is unlike the months before, whether the model is too old, and the review OVERDUE; exit 1 on an alarm."""
    from arseg.runs.alarms import describe, stand_of
    from arseg.runs.journal import today
    from arseg.runs.lock import require_home
    from arseg.runs.standing import published_folder

    name = published_folder(require_home(home), experiment).name
    found = stand_of(home, name, parse_day(on, name="on") if on else today())
    typer.echo(found.to_json() if as_json else describe(found))
    if found.alarms:
        raise typer.Exit(1)


@app.command()
def review(
    experiment: Published,
    by: Annotated[str, typer.Option(help="Who reviewed.")],
    note: Annotated[str, typer.Option(help="What was found.")],
    on: Annotated[str | None, typer.Option(help="The day of the review, YYYY-MM-DD; today.")] = None,
    home: Home = HERE,
) -> None:
    """Write down that the model and its alarms were reviewed; the next review is due a quarter later."""
    from arseg.runs.journal import today
    from arseg.runs.lock import exclusive, require_home
    from arseg.runs.review import EVERY_DAYS, add_review, review_file
    from arseg.runs.standing import published_folder

    name = published_folder(require_home(home), experiment).name
    day = parse_day(on, name="on") if on else today()
    with exclusive(home, "arseg review"):
        event = add_review(review_file(home, name), by=by, note=note, on=day)
    typer.echo(f"{name}: reviewed by {event['by']} on {day}; the next one is due within {EVERY_DAYS} days")
