"""Verbs on experiment files: every value written out, and the schema for editors."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from arseg.cli.front_door import ExperimentFile, Json, app

experiment_app = typer.Typer(no_args_is_help=True, help="Show what an experiment file declares.")
app.add_typer(experiment_app, name="experiment")


@experiment_app.command("show")
def show(experiment: ExperimentFile, as_json: Json = False) -> None:
    """Print every value, defaults too, as YAML that reads back as the same experiment."""
    from arseg.runs.experiment import read_experiment
    from arseg.runs.experiment_schema import written_out

    declared = read_experiment(experiment)
    typer.echo(json.dumps(declared.model_dump(mode="json"), indent=1) if as_json else written_out(declared))


@experiment_app.command("schema")
def schema(
    indent: Annotated[int, typer.Option(help="Spaces per level.", min=0, max=8)] = 1,
) -> None:
    """Print the JSON schema of experiment files, for editors that complete and check as one types."""
    from arseg.runs.experiment_schema import experiment_schema

    typer.echo(json.dumps(experiment_schema(), indent=indent))
