"""Many clips: lists of rows, what of them is left to do, one process or a cluster that does it, and a summary."""

from texturize.batch.job import BatchResult, Failure, Job, attempt
from texturize.batch.lists import Row, read_sources
from texturize.batch.lock import locked
from texturize.batch.plan import BatchPlan, plan_jobs, sort_out
from texturize.batch.results import remove_partial, write_result
from texturize.batch.summary import SUMMARY, Entry, Summary

__all__ = [
    "SUMMARY",
    "BatchPlan",
    "BatchResult",
    "Entry",
    "Failure",
    "Job",
    "Row",
    "Summary",
    "attempt",
    "locked",
    "plan_jobs",
    "read_sources",
    "remove_partial",
    "sort_out",
    "write_result",
]
