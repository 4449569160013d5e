"""An experiment written out whole, and the JSON schema by which editors complete and check its file."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from arseg.runs.experiment import Experiment

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def experiment_schema() -> dict[str, Any]:
    """Return the JSON schema of an experiment file.

    Examples
    --------
    >>> schema = experiment_schema()
    >>> schema["additionalProperties"], sorted(schema["required"])
    (False, ['in_force', 'ledger', 'model', 'name', 'policies', 'publish'])
    """
    found = Experiment.model_json_schema()
    # The docstring is for those who read Python.
    found["description"] = "What an arseg run does, except on which day."
    return {"$schema": _DIALECT, **found, "title": "arseg experiment"}


def written_out(experiment: Experiment) -> str:
    """Return an experiment with every default as YAML that arseg reads back as the same experiment.

    Parameters
    ----------
    experiment
        Any.

    Examples
    --------
    >>> from arseg.runs.sections import Part
    >>> one = Experiment(name="demo", ledger="NO", model=Part(name="KaplanMeierByTerms"),
    ...                  policies=[Part(name="AgingBuckets")], in_force="AgingBuckets", publish="AgingBuckets")
    >>> [line for line in written_out(one).splitlines() if line.startswith("ledger")]
    ["ledger: 'NO'"]
    """
    head = f"# experiment_hash: {experiment.experiment_hash}\n"
    values = experiment.model_dump(mode="json")
    return head + yaml.dump(values, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100).rstrip()


class _Plain(yaml.SafeDumper):
    """Without anchors, for arseg reads none; a text that any reader could take for something else is quoted."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


# YAML's 1.1 and 1.2 disagree on what is a number: a text is plain only where both take it for text.
_Plain.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9][0-9_.]*(?:[eE][-+]?[0-9]+)?$"), list("-+0123456789")
)
