"""Airflow DAGs of arseg: the month-end, and the daily refresh with the champion.

A key date is the day before the run was due, so that a backfill stands on the day it is of, and never on the
latest data. ``arseg`` itself refuses a second run in the same home (exit code 75), which
Airflow then tries again.
"""

from __future__ import annotations

import datetime as dt

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.bash import BashOperator

HOME = "/srv/arseg"
ARSEG = f"{HOME}/.venv/bin/arseg"
TRIES = {"retries": 3, "retry_delay": dt.timedelta(minutes=10), "depends_on_past": True}
# The day before the run is due, which is whole: the month-end, or yesterday. The same in Airflow 2 and 3.
DAY_BEFORE = "{{ (data_interval_end - macros.timedelta(days=1)) | ds }}"

with DAG(
    "arseg_month_end",
    schedule="15 5 1 * *",
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    default_args=TRIES,
) as month_end:
    BashOperator(
        task_id="run",
        bash_command=f"{ARSEG} run experiments/demo.yaml --resume --key-date {DAY_BEFORE}",
        cwd=HOME,
    ) >> BashOperator(task_id="upload", bash_command=f"{ARSEG} upload", cwd=HOME)

with DAG(
    "arseg_daily",
    schedule="30 6 * * 1-5",
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    default_args=TRIES,
) as daily:
    BashOperator(
        task_id="score",
        bash_command=f"{ARSEG} score experiments/demo.yaml --key-date {DAY_BEFORE}",
        cwd=HOME,
    )
