"""The model as MLflow serves it: features in, cumulative incidences out, nothing unpickled.

MLflow keeps our JSON model and the three lines of ``MODEL_CODE`` beside it; this module is what those
lines call. The JSON is loaded only where its manifest's SHA-256 agrees, and the signature lets in only the
columns that the model reads.
"""

from __future__ import annotations

import datetime as dt
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

    from arseg.models import TimeToPayment

MODEL_CODE: Final = """\
from arseg.runs.scorer import as_pyfunc
from mlflow.models import set_model

set_model(as_pyfunc())
"""

# The days after the key date that the worklist, the cash forecast and the provision ask for.
DAYS: Final = (7, 14, 30, 60, 90, 180, 365)
_CAUSES: Final = ("paid", "credited", "written_off")
OUTPUTS: Final = tuple(f"{cause}_{day}" for cause in _CAUSES for day in DAYS)


def incidences(model: TimeToPayment, features: pd.DataFrame) -> pd.DataFrame:
    """Return the probability of leaving the book by each of ``DAYS``, per cause.

    Parameters
    ----------
    model
        Fitted.
    features
        ``Features.matrix()``: one row per open item.

    Returns
    -------
    pandas.DataFrame
        Indexed like ``features``; columns ``paid_7``, ..., ``written_off_365``.
    """
    import pandas as pd

    incidence = model.predict_cumulative_incidence(features, DAYS)
    return pd.DataFrame(incidence.reshape(len(features), -1), index=features.index, columns=list(OUTPUTS))


def inputs_of(model: TimeToPayment) -> list[str]:
    """Return the columns that a fitted model reads.

    Examples
    --------
    >>> from arseg.models import KaplanMeierByTerms
    >>> inputs_of(KaplanMeierByTerms())
    ['days_past_due', 'terms_days', 'key_day']
    """
    from arseg.models import CustomerMeanDelay
    from arseg.models.calibrated import reads_columns
    from arseg.models.habit import COLUMNS
    from arseg.models.landmarks import REQUIRED_COLUMNS

    reader = reads_columns(model)
    habit = COLUMNS if isinstance(reader, CustomerMeanDelay) else ()
    # The clocks always: a caller who leaves one out has another frame in mind.
    return list(dict.fromkeys([*getattr(reader, "features_", ()), *REQUIRED_COLUMNS, *habit]))


def signature_of(model: TimeToPayment) -> Any:
    """Return MLflow's signature of a fitted model: one double per column that it reads, and per incidence it gives."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    return ModelSignature(
        inputs=Schema([ColSpec("double", name) for name in inputs_of(model)]),
        outputs=Schema([ColSpec("double", name) for name in OUTPUTS]),
    )


def use_after(folder: Path, features: pd.DataFrame) -> str:
    """Return by how much the rows lie past the day until which the model may be used; empty where they do not.

    Parameters
    ----------
    folder
        Of the stored model; a card may stand beside it.
    features
        Rows with ``key_day``, days since 1970-01-01.
    """
    from arseg.runs.model_card import CARD, overdue

    card = folder / CARD
    if not card.is_file() or features.empty:
        return ""
    asked = dt.date(1970, 1, 1) + dt.timedelta(days=int(features["key_day"].max()))
    return overdue(json.loads(card.read_text(encoding="utf-8")), asked)


def as_pyfunc() -> Any:
    """Return the scorer as an MLflow pyfunc model, whose artifact ``model`` is our model's folder."""
    from mlflow.pyfunc import PythonModel

    from arseg.models import load_model

    class Scorer(PythonModel):
        """A stored model of arseg behind MLflow's interface."""

        def load_context(self, context):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            """Load the JSON model; refused where a byte differs from its manifest."""
            self.folder = Path(context.artifacts["model"])
            self.model = load_model(self.folder)

        # Without annotations: MLflow reads them as its own schema, and warns about a frame.
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG002
            """Return the cumulative incidences of every row; warn where the model is past its use."""
            late = use_after(self.folder, model_input)
            if late:
                warnings.warn(late, stacklevel=2)
            return incidences(self.model, model_input)

    return Scorer()
