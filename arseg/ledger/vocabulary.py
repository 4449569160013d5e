"""The words of a feature block: what it may call, write and be, and what it may not say at all."""

from __future__ import annotations

from typing import Final

from arseg.ledger.prelude import NAMES


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Pure functions of their arguments, and aggregates that do not hang on the order of the rows. `age`
# with one argument reads the clock, `first` and `string_agg` the order, Spark lacks `quantile_cont` and
# means something else by `dayofweek`: what is not here is refused.
PURE: Final = NAMES | _words(
    """
    + - * / % || ~~ !~~ row coalesce nullif greatest least abs sign ceil ceiling floor round sqrt exp ln log10 log2
    power pow mod lower upper trim ltrim rtrim length substr substring replace lpad rpad left right contains
    date_part year quarter month day dayofyear last_day make_date count count_star sum min max avg mean median
    stddev stddev_samp stddev_pop variance var_samp var_pop corr covar_samp covar_pop regr_slope regr_intercept
    bool_and bool_or max_by min_by row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value
    last_value
    """
)

CLOCK: Final = _words(
    """
    now today current_date current_time current_timestamp localtime localtimestamp current_localtime
    current_localtimestamp get_current_time get_current_timestamp transaction_timestamp random uuid uuidv4
    uuidv7 gen_random_uuid setseed nextval currval getvariable current_setting current_user session_user
    current_schema current_database current_catalog current_role current_query txid_current user
    """
)
WRITES: Final = _words(
    """
    insert update delete merge copy attach detach install load pragma set reset call create drop alter export
    import truncate vacuum checkpoint execute prepare
    """
)
EXPRESSIONS: Final = _words(
    "COLUMN_REF CONSTANT FUNCTION WINDOW OPERATOR COMPARISON CONJUNCTION CASE CAST TYPE BETWEEN SUBQUERY STAR"
)
# The type of a customer in a shared history lists all of them, and a time with a zone reads the session's.
TYPES: Final = _words(
    "boolean tinyint smallint integer int bigint hugeint float real double decimal numeric varchar text string date"
)
# What hangs on the order of the rows where none is given.
ORDERED: Final = _words("row_number ntile lag lead first_value last_value")
