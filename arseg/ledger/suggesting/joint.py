"""One layout for several files: invoices in one, their payments in another, customers in a third."""

from __future__ import annotations

import json
from dataclasses import dataclass

from arseg.ledger.suggesting.proposal import write_together
from arseg.ledger.suggesting.suggestion import Suggestion
from arseg.schema import UsageError


@dataclass(frozen=True)
class Joint:
    """What was found in several files that make one ledger.

    Parameters
    ----------
    found
        Of each file, in the order given.

    Raises
    ------
    UsageError
        If two files have one name, so that a layout could not tell them apart.
    """

    found: tuple[Suggestion, ...]

    def __post_init__(self) -> None:
        """Refuse two files of one name."""
        names = [each.name for each in self.found]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(
                "two files have one name",
                given=", ".join(twice),
                allowed="each name once, for a layout knows files by their names",
                do="rename one, or propose for one of them",
                code="file_twice",
                file=twice[0],
            )

    def to_yaml(self) -> str:
        """Return the proposed layout, a source for each file."""
        return write_together(self.found)

    def to_json(self) -> str:
        """Return one JSON object: under ``files`` what was found in each, under ``layout`` the YAML of all."""
        files = [json.loads(each.to_json()) for each in self.found]
        return json.dumps({"files": files, "layout": self.to_yaml()}, ensure_ascii=False, sort_keys=True)

    def __str__(self) -> str:
        remarks = (f"\n# {each.name}\n{each.remarks()}" for each in self.found)
        return "\n".join([self.to_yaml().rstrip(), *remarks])
