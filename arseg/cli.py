"""The front door: ``arseg <verb>``.

Exit codes: 0 done, 1 data or run failed, 2 wrong usage or configuration, 75 another run holds the lock,
130 interrupted. Everything heavy is imported by the verb that needs it.
"""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from arseg.schema import ArsegError, DataError, UsageError

INTERRUPTED: Final = 130


class _FrontDoor(TyperGroup):
    """Turns our refusals into one message and their exit code; a traceback is for our own faults."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ArsegError as refusal:
            typer.echo(f"arseg: {refusal}", err=True)
            raise typer.Exit(refusal.exit_code) from None
        except OSError as problem:
            refused = DataError(
                f"the machine refused: {problem.strerror or problem}",
                given=problem.filename or "no file named",
                allowed="files and folders that may be read and written, on a disk with room",
                do="check the path, its permissions and the free space",
            )
            typer.echo(f"arseg: {refused}", err=True)
            raise typer.Exit(refused.exit_code) from None
        except KeyboardInterrupt:
            typer.echo("arseg: interrupted", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    name="arseg",
    cls=_FrontDoor,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Segment a receivables book by risk, and prove what the segmentation was worth.",
)

layouts = typer.Typer(no_args_is_help=True, help="Layouts: list, show, or propose one for a new file.")
app.add_typer(layouts, name="layout")

Home = Annotated[Path, typer.Option(help="Folder with data/, reports/ and journal/.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
ExperimentFile = Annotated[Path, typer.Argument(metavar="EXPERIMENT", help="experiments/<name>.yaml")]
Published = Annotated[str, typer.Argument(metavar="EXPERIMENT", help="Name of the experiment.")]

_HERE: Final = Path()


@app.command()
def synthesize(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write the ledger and its truth.")],
    customers: Annotated[int, typer.Option(help="Debtors.")] = 2000,
    months: Annotated[int, typer.Option(help="Calendar months of the book.")] = 30,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    world: Annotated[str, typer.Option(metavar="NAME", help="A named world, see docs/world.md.")] = "typical",
    legacy: Annotated[
        str | None, typer.Option(metavar="MODE", help="Contact policy in force, instead of the world's own.")
    ] = None,
) -> None:
    """Write a synthetic ledger with its truth."""
    from dataclasses import replace

    from arseg.world import setting_of
    from arseg.world import synthesize as write_world

    setting = setting_of(world)
    setting = replace(setting, legacy=legacy) if legacy else setting
    made = write_world(folder, customers=customers, months=months, seed=seed, setting=setting)
    rows = ", ".join(f"{count:,} {name}" for name, count in made.rows.items() if count)
    typer.echo(f"{made.folder}: {made.start} to {made.end}, {rows}")


@app.command()
def load(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE...", help="Files, folders, DuckDB files or a postgresql:// address."),
    ],
    layout: Annotated[str, typer.Option(help="Name of a layout, or a file.")],
    into: Annotated[str | None, typer.Option(help="Name of the ledger; the layout's by default.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Start the ledger anew.")] = False,
    extracted_on: Annotated[str | None, typer.Option(help="The day of the extract, YYYY-MM-DD.")] = None,
    backfill: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Why earlier rows come only now and stand as they claim."),
    ] = None,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="Accept sources without a row.")] = False,
    home: Home = _HERE,
    as_json: Json = False,
) -> None:
    """Read, check, quarantine and store a ledger, or add to it what is new."""
    from arseg.ledger import LoadOptions
    from arseg.ledger import load as load_ledger

    options = LoadOptions(replace, extracted_on, backfill, allow_empty)
    report = load_ledger(sources, layout, into=into or Path(layout).stem, home=home, options=options)
    typer.echo(report.to_json() if as_json else str(report))


@layouts.command("list")
def list_layouts() -> None:
    """List the layouts that come with the package."""
    from arseg.ledger.declared.layout import read_layout, shipped_layouts

    for name in shipped_layouts():
        typer.echo(f"{name:<14} {read_layout(name).title}")


@layouts.command("show")
def show_layout(name: Annotated[str, typer.Argument(help="Name of a layout.")]) -> None:
    """Print a layout as it is declared."""
    from arseg.ledger.declared.layout import SHIPPED, read_layout

    typer.echo((SHIPPED / f"{read_layout(name).name}.yaml").read_text(encoding="utf-8"), nl=False)


@layouts.command("suggest")
def suggest_layout(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new kind of file.")],
    encoding: Annotated[str, typer.Option(help="How its text is encoded.")] = "utf-8",
    delimiter: Annotated[str, typer.Option(help="What stands between its fields.")] = ",",
    skip_lines: Annotated[int, typer.Option(help="Lines before its header.")] = 0,
    as_json: Json = False,
) -> None:
    """Propose a layout by the names in a header; nothing is loaded."""
    from arseg.ledger.suggesting.suggestion import suggest_layout as suggest

    found = suggest(file, encoding=encoding, delimiter=delimiter, skip_lines=skip_lines)
    typer.echo(found.to_json() if as_json else str(found))


@app.command()
def check(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The ledger; the only one by default.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="The day from which ages are counted, YYYY-MM-DD.")
    ] = None,
    max_age: Annotated[
        int | None, typer.Option(help="Days after which invoices and postings are stale.")
    ] = None,
    home: Home = _HERE,
    as_json: Json = False,
) -> None:
    """Report the quality of a ledger's data; exit 1 on errors."""
    from arseg.ledger import check as check_quality
    from arseg.ledger import read_ledger
    from arseg.runs.journal import ledger_path

    ledger = read_ledger(ledger_path(home, name or _only_ledger(home)))
    report = check_quality(ledger, as_of=as_of, max_age_days=max_age)
    if as_json:
        typer.echo(report.to_json())
    else:
        for finding in report.findings:
            typer.echo(f"{finding.severity:<8} {finding.code}: {finding.message}")
        typer.echo(f"{len(report.findings)} findings")
    if report.has_errors:
        raise typer.Exit(1)


@app.command()
def run(
    experiment: ExperimentFile,
    key_date: Annotated[str | None, typer.Option(help="The day to stand on, YYYY-MM-DD.")] = None,
    home: Home = _HERE,
    as_json: Json = False,
) -> None:
    """Train, backtest, publish and report."""
    from arseg.runs.month_end import run_experiment
    from arseg.runs.tracking import local_store

    signal.signal(signal.SIGTERM, _as_interrupt)
    result = run_experiment(experiment, key_date=key_date, home=home)
    if as_json:
        typer.echo(result.to_json())
        return
    if result.tracked:
        typer.echo(f"mlflow: run {result.tracked['mlflow_run']} in {local_store(home)}")
    typer.echo(f"publication: {result.publication}")
    if not result.in_force:
        typer.echo("in force: still the publication of a later key date")
    typer.echo(f"report: {result.report}")
    typer.echo(f"worklist: {result.worklist}")


@app.command()
def status(home: Home = _HERE, as_json: Json = False) -> None:
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
    home: Home = _HERE,
) -> None:
    """Compare every published byte with its manifest; exit 1 where one differs."""
    from arseg.runs.lock import require_home
    from arseg.runs.publication import verify as find_problems
    from arseg.runs.publication import versions
    from arseg.runs.standing import published_folder, published_folders

    folders = [published_folder(home, experiment)] if experiment else published_folders(require_home(home))
    problems = [problem for folder in folders for problem in find_problems(folder)]
    checked = [(folder, version) for folder in folders for version in versions(folder)]
    problems += [problem for folder, version in checked for problem in find_problems(folder, version)]
    for problem in dict.fromkeys(problems):
        typer.echo(problem)
    if problems:
        raise typer.Exit(1)
    typer.echo(f"{len(checked)} versions as published")


@app.command()
def rollback(
    experiment: Published,
    to: Annotated[str | None, typer.Option(help="Version id; the one before by default.")] = None,
    home: Home = _HERE,
) -> None:
    """Put an earlier publication in force again."""
    from arseg.runs.lock import exclusive
    from arseg.runs.publication import rollback as point_back
    from arseg.runs.standing import published_folder

    with exclusive(home, "arseg rollback"):
        typer.echo(f"in force: {point_back(published_folder(home, experiment), to)}")


@app.command()
def lab(
    experiment: Annotated[
        Path | None, typer.Argument(metavar="[EXPERIMENT]", help="Prepare a run of it for the notebooks.")
    ] = None,
    key_date: Annotated[str | None, typer.Option(help="The day to stand on, YYYY-MM-DD.")] = None,
    port: Annotated[int, typer.Option(help="Port on this machine only.")] = 8888,
    home: Home = _HERE,
) -> None:
    """Open the notebooks in JupyterLab, on this machine only."""
    from arseg.runs.desk import open_lab

    raise typer.Exit(open_lab(experiment, key_date=key_date, port=port, home=home))


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port on this machine only.")] = 5000,
    home: Home = _HERE,
) -> None:
    """Open MLflow's pages, on this machine only."""
    from arseg.runs.desk import open_ui

    raise typer.Exit(open_ui(port=port, home=home))


def main() -> None:
    """Run the verb of the command line."""
    app()


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Let a stopped container end as an interrupted terminal does: journalled, kernels closed."""
    raise KeyboardInterrupt


def _only_ledger(home: Path) -> str:
    names = sorted(path.stem for path in (home / "data" / "ledger").glob("*.duckdb"))
    if len(names) != 1:
        raise UsageError(
            "which ledger", given="no name", allowed=", ".join(names) or "none is loaded", do="name one"
        )
    return names[0]
