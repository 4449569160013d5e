"""A page that shows every message template with an example. It is for reading: arseg sends nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from arseg.treatments.messages import Letterhead, message_values
from arseg.treatments.messages_text import OpenInvoice
from arseg.treatments.templates import PLACEHOLDERS, Template, Templates, read_templates

# An example has to be somebody's; these are nobody's.
LETTERHEAD: Final = Letterhead("Example Supplies Ltd", "receivables@supplier.example")
KEY_DATE: Final = dt.date(2026, 10, 30)
INVOICES: Final = (
    OpenInvoice("R-2026-0815", dt.date(2026, 9, 15), 45, 12_480.0, "EUR"),
    OpenInvoice("R-2026-0933", dt.date(2026, 10, 15), 15, 950.5, "EUR"),
    OpenInvoice("R-2026-1042", dt.date(2026, 11, 15), -16, 3_200.0, "EUR"),
)


@dataclass(frozen=True)
class _Example:
    customer_id: str
    name: str
    deadline: dt.date


def preview_page(templates: Templates | None = None, *, letterhead: Letterhead = LETTERHEAD) -> str:
    """Return one inert, offline HTML page with every template and an example of it.

    Parameters
    ----------
    templates
        From ``read_templates``; those that come with arseg where None.
    letterhead
        Who writes in the examples.

    Returns
    -------
    page
        The same templates give the same bytes.

    Examples
    --------
    >>> "arseg sends nothing" in preview_page()
    True
    """
    known = read_templates() if templates is None else templates
    shown = [_shown(template, letterhead) for template in _all(known)]
    page = _environment().get_template("preview.html.j2")
    return page.render(messages=shown, languages=sorted(known), placeholders=PLACEHOLDERS)


def _all(templates: Templates) -> Iterator[Template]:
    for language in sorted(templates):
        for name in sorted(templates[language]):
            yield templates[language][name]


def _shown(template: Template, letterhead: Letterhead) -> dict[str, str]:
    work = _Example("C1001", "Müller & Söhne GmbH", dt.date(2026, 11, 13))
    values = message_values(work, INVOICES, letterhead, today=KEY_DATE, language=template.language)
    subject, body = template.render(values)
    source = {"wanted_subject": template.subject, "wanted_body": template.body}
    return {"name": template.name, "language": template.language, "subject": subject, "body": body, **source}


@cache
def _environment() -> Environment:
    """Return the environment: escaping on, a name that is missing is an error."""
    return Environment(
        loader=PackageLoader("arseg.treatments"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
