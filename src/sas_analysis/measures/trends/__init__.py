"""Whether something has changed over the months, told apart from how far the months of a force ordinarily move.

monthly      counts of one series by month and week, as all that follows takes them
recording    what is not recorded, by field and month
per_day      searches per day of a force
periods      a row for every month or quarter, those without an estimate as well, with the reason
scan         the largest step of a series against its simulated largest under no step
steps        change points of a series: when, how large, and in what
matched      the same months a year apart
interrupted  interrupted time series with a date that is known beforehand
"""

from sas_analysis.measures.trends.interrupted import interrupted_series
from sas_analysis.measures.trends.matched import matched_change
from sas_analysis.measures.trends.monthly import Monthly, count_monthly
from sas_analysis.measures.trends.per_day import searches_per_day
from sas_analysis.measures.trends.periods import every_period
from sas_analysis.measures.trends.recording import not_recorded
from sas_analysis.measures.trends.scan import scan
from sas_analysis.measures.trends.steps import change_points

__all__ = [
    "Monthly",
    "change_points",
    "count_monthly",
    "every_period",
    "interrupted_series",
    "matched_change",
    "not_recorded",
    "scan",
    "searches_per_day",
]
