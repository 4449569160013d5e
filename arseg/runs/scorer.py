"""The model as MLflow serves it: features in, cumulative incidences out, nothing unpickled.

MLflow keeps our JSON model and the three lines of ``MODEL_CODE`` beside it; this module is what those
lines call. The JSON is loaded only where its manifest's SHA-256 agrees.
"""

from __future__ import annotations

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
    columns = [f"{cause}_{day}" for cause in _CAUSES for day in DAYS]
    return pd.DataFrame(incidence.reshape(len(features), -1), index=features.index, columns=columns)


def as_pyfunc() -> Any:
    """Return the scorer as an MLflow pyfunc model, whose artifact ``model`` is our model's folder."""
    from mlflow.pyfunc import PythonModel

    from arseg.models import load_model

    class Scorer(PythonModel):
        """A stored model of arseg behind MLflow's interface."""

        def load_context(self, context):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            """Load the JSON model; refused where a byte differs from its manifest."""
            self.model = load_model(context.artifacts["model"])

        # Without annotations: MLflow reads them as its own schema, and warns about a frame.
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG002
            """Return the cumulative incidences of every row."""
            return incidences(self.model, model_input)

    return Scorer()
