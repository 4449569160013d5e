"""What is to come, as scenarios on the rates of loss: weighted, capped, or the ASU 2025-05 expedient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from arseg.schema import UsageError
from arseg.schema.shown import AsWritten, Shown

Values = npt.NDArray[np.float64]
ForwardLooking = Literal["none", "scenario", "asu2025_05"]

# Science 5.6: a scalar outside of these says more about the regression than about the customers.
LOWEST, HIGHEST = 0.7, 2.0


@dataclass(frozen=True)
class LossScenario(AsWritten):
    """One view of what is to come.

    Parameters
    ----------
    name
        base, downside, ...
    weight
        Its probability.
    scalar
        The rates of loss are times this; 1 is the past.
    """

    name: str
    weight: float
    scalar: float


@dataclass(frozen=True)
class Outlook(Shown):
    """How the rates of the past are carried into the future.

    Parameters
    ----------
    forward_looking
        ``scenario`` weighs scenarios; ``asu2025_05`` takes the expedient of ASU 2025-05 for current receivables
        (conditions of the balance day persist, no forecast; annual periods beginning after 15 December 2025);
        ``none`` leaves rates as they are and says so.
    scenarios
        With ``scenario`` only: their weights sum to 1.
    cap
        Lowest and highest scalar that counts.

    Raises
    ------
    UsageError
        If weights do not sum to 1, scenarios come with the expedient, or a scalar is no positive number.

    Examples
    --------
    >>> outlook = Outlook("scenario", (LossScenario("base", 0.7, 1.0), LossScenario("downside", 0.3, 3.0)))
    >>> outlook.weigh(np.array([0.01])).round(6).tolist()
    [0.013]
    """

    forward_looking: ForwardLooking = "none"
    scenarios: tuple[LossScenario, ...] = ()
    cap: tuple[float, float] = (LOWEST, HIGHEST)

    def __post_init__(self) -> None:
        if (self.forward_looking == "scenario") != bool(self.scenarios):
            raise UsageError(
                "scenarios and the way of looking forward do not fit",
                given=f"forward_looking={self.forward_looking!r} with {len(self.scenarios)} scenarios",
                allowed="scenario with one or more, none and asu2025_05 without",
                do="drop the scenarios or set forward_looking to scenario",
                code="outlook_mismatch",
            )
        self._check_numbers()

    def _check_numbers(self) -> None:
        weights = [scenario.weight for scenario in self.scenarios]
        positive = all(np.isfinite(s.scalar) and s.scalar > 0 and 0 <= s.weight <= 1 for s in self.scenarios)
        if self.scenarios and not (positive and abs(sum(weights) - 1) < 1e-9):
            raise UsageError(
                "the scenarios' weights or scalars do not fit",
                given=[(s.name, s.weight, s.scalar) for s in self.scenarios],
                allowed="weights from 0 to 1 that sum to 1, scalars above 0",
                do="mend them",
                code="outlook_weights",
            )
        if not 0 < self.cap[0] <= 1 <= self.cap[1]:
            raise UsageError(
                "the cap leaves the past out",
                given=self.cap,
                allowed="lowest <= 1 <= highest, above 0",
                do=f"write ({LOWEST}, {HIGHEST})",
                code="outlook_cap",
            )

    def capped(self) -> dict[str, float]:
        """Return the scalar of each scenario that counts, after the cap.

        Examples
        --------
        >>> Outlook("scenario", (LossScenario("boom", 1.0, 0.2),)).capped()
        {'boom': 0.7}
        """
        low, high = self.cap
        return {s.name: float(min(max(s.scalar, low), high)) for s in self.scenarios}

    def by_scenario(self, rates: npt.ArrayLike) -> dict[str, Values]:
        """Return the rates under each scenario, at most 1; one entry ``as it is`` without scenarios."""
        past = np.asarray(rates, dtype=np.float64)
        if not self.scenarios:
            return {"as it is": past}
        return {name: np.minimum(1.0, scalar * past) for name, scalar in self.capped().items()}

    def weigh(self, rates: npt.ArrayLike) -> Values:
        """Return the rates over all scenarios: the expected loss is the weighted sum of theirs."""
        under = list(self.by_scenario(rates).values())
        weights = [s.weight for s in self.scenarios] or [1.0]
        return np.asarray(sum(weight * rate for weight, rate in zip(weights, under, strict=True)))

    def in_words(self) -> str:
        """Return the outlook in words, for the auditor.

        Examples
        --------
        >>> Outlook("asu2025_05").in_words()
        'ASU 2025-05 expedient: the conditions of the balance day persist, no forecast'
        """
        if self.forward_looking == "asu2025_05":
            return "ASU 2025-05 expedient: the conditions of the balance day persist, no forecast"
        if self.forward_looking == "none":
            return "rates of the past, without a view of what is to come"
        capped = self.capped()
        parts = [f"{s.name} {s.weight:.0%} x {capped[s.name]:g} (given {s.scalar:g})" for s in self.scenarios]
        return f"scenarios, scalars within {self.cap[0]:g} to {self.cap[1]:g}: " + ", ".join(parts)


AS_IT_IS: Final = Outlook()
