"""The verbs that say what is to come, and what is provided for: as published, never computed beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from arseg.cli.front_door import HERE, Home, Json, app

_Experiment = Annotated[
    str, typer.Argument(metavar="EXPERIMENT", help="Name of the experiment, or experiments/<name>.yaml.")
]
_KeyDate = Annotated[
    str | None, typer.Option(help="The key date of the publication, YYYY-MM-DD; the one in force by default.")
]
_Out = Annotated[Path | None, typer.Option(help="Export into this new or empty folder.")]


@app.command()
def forecast(
    experiment: _Experiment,
    key_date: _KeyDate = None,
    by: Annotated[
        str | None, typer.Option(help="segment, currency, entity or portfolio; by week in all by default.")
    ] = None,
    out: _Out = None,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Say the cash expected by week, as a band."""
    from arseg.runs.forward_answers import export_forecast, find_told, forecast_lines

    told = find_told(home, experiment, key_date)
    if as_json:
        rows = told.table("cash_by_week").to_json(orient="records", date_format="iso")
        typer.echo(json.dumps({"version": told.folder.name, "facts": told.facts, "cash": json.loads(rows)}))
    else:
        typer.echo("\n".join(forecast_lines(told, by)))
    if out is not None:
        typer.echo(f"export: {export_forecast(told, out)}", err=as_json)


@app.command()
def provision(
    experiment: _Experiment,
    key_date: _KeyDate = None,
    out: _Out = None,
    home: Home = HERE,
    as_json: Json = False,
) -> None:
    """Say what is provided for, by which methods; --out writes what an auditor asks for."""
    from arseg.runs.forward_answers import export_audit, find_told, lost_since, provision_lines

    told = find_told(home, experiment, key_date)
    if as_json:
        matrix = told.table("provision_matrix").astype({"allowance": str, "gross": str, "exposed": str})
        rows = json.loads(
            matrix[["segment", "bucket", "gross", "exposed", "outlook_rate", "allowance"]].to_json(
                orient="records"
            )
        )
        lost = json.loads(lost_since(told).to_json(orient="records", date_format="iso"))
        typer.echo(
            json.dumps(
                {"version": told.folder.name, "facts": told.provision, "matrix": rows, "loss_backtest": lost}
            )
        )
    else:
        typer.echo("\n".join(provision_lines(told)))
    if out is not None:
        typer.echo(f"export: {export_audit(told, out).parent}", err=as_json)
