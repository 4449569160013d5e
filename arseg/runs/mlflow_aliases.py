"""Tell MLflow who the champion is: the alias ``champion``, with who approved it and until when.

The home's record decides; MLflow is told, never asked. Where it does not answer, the next run that files itself there
brings the alias up to date.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from arseg.runs.champion import champion_of
from arseg.runs.last_words import last_words
from arseg.runs.secret import discreet
from arseg.runs.surroundings import surroundings

if TYPE_CHECKING:
    from arseg.runs.champion import Champion

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
# By which a registered version is known as the model of an edition.
SHA_TAG: Final = "arseg.model_sha256"
PATIENCE: Final = 25.0
_LONGEST: Final = 4000


def named_champion(home: Path, experiment: str) -> dict[str, Any] | None:
    """Return what MLflow is told of an experiment's champion, as plain data; None where there is none.

    Parameters
    ----------
    home
        The home folder.
    experiment
        Its name.
    """
    found = champion_of(home, experiment)
    return None if found is None else _told(found)


def point_champion(name: str, told: Mapping[str, Any]) -> int | None:
    """Point the alias at the newest registered version of that model, in the store that MLflow is set to.

    Parameters
    ----------
    name
        Of the registered model.
    told
        From ``named_champion``.

    Returns
    -------
    int or None
        The version; None where that model was never registered there.
    """
    import mlflow

    client = mlflow.MlflowClient()
    versions = client.search_model_versions(f"name='{name}'")
    own = [int(each.version) for each in versions if each.tags.get(SHA_TAG) == told["sha256"]]
    if not own:
        return None
    number = max(own)
    client.set_registered_model_alias(name, CHAMPION, str(number))
    for key, value in told["tags"].items():
        client.set_model_version_tag(name, str(number), f"arseg.{key}", value)
    aliases = client.get_registered_model(name).aliases
    if str(aliases.get(CHALLENGER)) == str(number):
        client.delete_registered_model_alias(name, CHALLENGER)
    return number


def tell_mlflow(uri: str, name: str, champion: Champion, *, patience: float = PATIENCE) -> str:
    """Tell MLflow of a promotion, in a process of its own, and return what went wrong; empty where it was told.

    Parameters
    ----------
    uri
        Address of the store or server, or a reference to it.
    name
        Of the registered model.
    champion
        Who was promoted.
    patience
        Seconds to wait.
    """
    command = [sys.executable, "-m", "arseg.runs.mlflow_aliases", uri, name]
    quick = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and arguments without a shell
            command,
            input=json.dumps(_told(champion)),
            capture_output=True,
            text=True,
            timeout=patience,
            env=surroundings(**quick),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {patience:g} s"
    if done.returncode == 0:
        return done.stdout.strip()
    return last_words(done.stderr)


def _told(champion: Champion) -> dict[str, Any]:
    told = champion.comparison
    tags = {
        "version": champion.version,
        "approver": champion.approver,
        "reason": champion.reason,
        "promoted_on": champion.promoted_on.isoformat(),
        "approved_until": champion.until.isoformat(),
        "compared_with": str(told.get("against", "")),
        "comparison": str(told.get("in_words") or told.get("note", "")),
    }
    return {"sha256": champion.model_sha256, "tags": {key: text[:_LONGEST] for key, text in tags.items()}}


def main() -> None:
    """Read what MLflow is told from standard input; say nothing where it was told."""
    import mlflow

    uri, name = sys.argv[1:]
    mlflow.set_tracking_uri(discreet(uri))
    if point_champion(name, json.loads(sys.stdin.read())) is None:
        sys.stdout.write("the model of that edition is not registered there yet\n")


if __name__ == "__main__":
    main()
