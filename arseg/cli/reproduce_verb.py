"""Run a run again and compare it with what it published."""

from __future__ import annotations

from typing import Annotated

import typer

from arseg.cli.front_door import HERE, Home, Json, app


@app.command()
def reproduce(
    run_id: Annotated[str, typer.Argument(metavar="RUN_ID", help="Folder of the run in journal/.")],
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Run a run again from its record and compare every published byte; exit 1 where one differs."""
    from arseg.runs.reproduction import describe
    from arseg.runs.reproduction import reproduce as run_again

    found = run_again(run_id, home=home)
    typer.echo(found.to_json() if as_json else describe(found))
    if not found.equal:
        raise typer.Exit(1)
