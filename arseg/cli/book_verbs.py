"""Verbs on a book: make one up, load it, check it, and its layouts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arseg.cli.front_door import HERE, Home, Json, app
from arseg.schema import UsageError

layouts = typer.Typer(no_args_is_help=True, help="Layouts: list, show, or propose one for a new file.")
app.add_typer(layouts, name="layout")


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
    home: Home = HERE,
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
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="New kinds of file; several make one layout.")
    ],
    encoding: Annotated[str | None, typer.Option(help="How its text is encoded; as it seems.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="What parts its fields; as it seems.")] = None,
    skip_lines: Annotated[int | None, typer.Option(help="Lines before its header; as it seems.")] = None,
    as_json: Json = False,
) -> None:
    """Propose a layout by the names in a header and how values are written; nothing is loaded."""
    from arseg.ledger.suggesting.joint import Joint
    from arseg.ledger.suggesting.suggestion import suggest_layout as suggest

    each = [suggest(one, encoding=encoding, delimiter=delimiter, skip_lines=skip_lines) for one in files]
    found = each[0] if len(each) == 1 else Joint(tuple(each))
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
    home: Home = HERE,
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


def _only_ledger(home: Path) -> str:
    names = sorted(path.stem for path in (home / "data" / "ledger").glob("*.duckdb"))
    if len(names) != 1:
        raise UsageError(
            "which ledger", given="no name", allowed=", ".join(names) or "none is loaded", do="name one"
        )
    return names[0]
