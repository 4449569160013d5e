"""What all verbs share: the application, its refusals, and the options that mean the same everywhere.

Exit codes: 0 done, 1 data or run failed, 2 wrong usage or configuration, 75 another run holds the lock,
130 interrupted. Everything heavy is imported by the verb that needs it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from arseg.schema import ArsegError, DataError

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

Home = Annotated[Path, typer.Option(help="Folder with data/, reports/ and journal/.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
ExperimentFile = Annotated[Path, typer.Argument(metavar="EXPERIMENT", help="experiments/<name>.yaml")]
Published = Annotated[str, typer.Argument(metavar="EXPERIMENT", help="Name of the experiment.")]
FailOnAlarm = Annotated[
    bool,
    typer.Option("--fail-on-alarm", help="Exit 1 on what `arseg monitor` says of it; it stays published."),
]

HERE: Final = Path()
