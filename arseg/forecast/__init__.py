"""What will come, and what will not: cash by week and expected loss, from the same curves that segment the book.

Frames in, frames out: this room knows neither ledger nor models.

Cash: ``OpenBook`` (items and curves) -> ``draw_cash`` -> ``CashCube.bands`` -> ``freeze`` -> ``score_frozen``.
Provision: rates by method -> ``provide`` -> ``roll_forward`` -> ``export_provision``.
"""

from arseg.forecast.allowance import allowance_bridge, roll_forward
from arseg.forecast.audit_export import Statement, export_provision, verify_export
from arseg.forecast.book_provision import MethodRates, Provision, Rules, provide
from arseg.forecast.cash import Shocks, expected_cash
from arseg.forecast.cash_cube import CashCube
from arseg.forecast.cash_draws import Simulation, draw_cash
from arseg.forecast.dependence import Dependence
from arseg.forecast.frozen import FrozenForecast, freeze, load_frozen
from arseg.forecast.open_book import OpenBook
from arseg.forecast.outlook import LossScenario, Outlook
from arseg.forecast.provision import provision_matrix

__all__ = [
    "CashCube",
    "Dependence",
    "FrozenForecast",
    "LossScenario",
    "MethodRates",
    "OpenBook",
    "Outlook",
    "Provision",
    "Rules",
    "Shocks",
    "Simulation",
    "Statement",
    "allowance_bridge",
    "draw_cash",
    "expected_cash",
    "export_provision",
    "freeze",
    "load_frozen",
    "provide",
    "provision_matrix",
    "roll_forward",
    "verify_export",
]
