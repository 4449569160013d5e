"""The verb by which a person decides against the policy, for one customer, with a reason, until a day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arseg.cli.front_door import HERE, Home, Json, app
from arseg.schema import UsageError, parse_day

if TYPE_CHECKING:
    import datetime as dt

    from arseg.policies.overrides import Override


@app.command()
def override(
    customer: Annotated[str | None, typer.Argument(metavar="CUSTOMER", help="Its customer_id.")] = None,
    segment: Annotated[str | None, typer.Argument(metavar="SEGMENT", help="High, Medium or Low.")] = None,
    reason: Annotated[str, typer.Option(help="Why, in words.")] = "",
    until: Annotated[str | None, typer.Option(help="The last day on which it counts, YYYY-MM-DD.")] = None,
    by: Annotated[str, typer.Option(help="Who decides.")] = "",
    experiment: Annotated[
        str | None, typer.Option(help="Name of the experiment; the only published one by default.")
    ] = None,
    on: Annotated[
        str | None, typer.Option(help="The day from which it counts, YYYY-MM-DD; the day of the call.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List all, those that ended too.")] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Withdraw the customer's override.")] = False,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Put a customer in a segment, by a person, until a day; the next run obeys."""
    from arseg.runs.journal import today
    from arseg.runs.overrides import override_file, read_overrides

    folder = _published(home, experiment)
    path = override_file(home, folder.name)
    day = parse_day(on, name="on") if on else today()
    if listing:
        made = read_overrides(path)
        made = [each for each in made if customer in (None, each.customer_id)]
    elif customer is None or (segment is None) != withdraw:
        raise UsageError(
            "override: who, and in which segment",
            given=" ".join(filter(None, (customer, segment))) or "nothing",
            allowed="CUSTOMER SEGMENT, CUSTOMER --withdraw, or --list",
            do="name them, as in arseg override C1042 Low",
        )
    else:
        made = [_decide(folder, path, (customer, segment, reason, by, day, until), home)]
    _tell(made, day, as_json=as_json)


def _decide(
    folder: Path,
    path: Path,
    words: tuple[str, str | None, str, str, dt.date, str | None],
    home: Path,
) -> Override:
    """Write the decision down and return it; withdrawn where there is no segment."""
    from arseg.policies.overrides import Override
    from arseg.runs.lock import exclusive
    from arseg.runs.overrides import add_override, require_published, withdraw_override

    customer, segment, reason, by, day, until = words
    with exclusive(home, "arseg override"):
        if segment is None:
            return withdraw_override(path, customer, reason=reason, by=by, on=day)
        if until is None:
            raise UsageError(
                "override: it has no end",
                given="no --until",
                allowed="the last day on which it counts",
                do="add --until 2026-12-31",
            )
        made = Override(customer, segment, reason, by, day, parse_day(until, name="until"))
        require_published(folder, made.customer_id)
        add_override(path, made)
        return made


def _published(home: Path, experiment: str | None) -> Path:
    from arseg.runs.lock import require_home
    from arseg.runs.standing import published_folder, published_folders

    if experiment:
        return published_folder(require_home(home), experiment)
    folders = published_folders(require_home(home))
    if len(folders) != 1:
        raise UsageError(
            "which experiment",
            given="no name",
            allowed=", ".join(folder.name for folder in folders) or "nothing is published",
            do="name one with --experiment" if folders else "run the experiment first",
        )
    return folders[0]


def _tell(made: list[Override], day: dt.date, *, as_json: bool) -> None:
    from dataclasses import asdict

    from arseg.policies.overrides import standing_overrides

    standing = standing_overrides(made, day)
    if as_json:
        rows = [asdict(each) | {"stands": standing.get(each.customer_id) is each} for each in made]
        typer.echo(json.dumps({"overrides": rows}, indent=1, default=str))
        return
    for each in made:
        ended = f", withdrawn on {each.withdrawn_on}" if each.withdrawn_on else ""
        state = "" if standing.get(each.customer_id) is each or ended else ", does not count"
        typer.echo(
            f"{each.customer_id}: {each.segment} by {each.by}, {each.made_on} to {each.until}"
            f"{ended}{state}: {each.reason}"
        )
    if not made:
        typer.echo("no overrides")
