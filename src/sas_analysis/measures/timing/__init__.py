"""What changes with time tells of thresholds: a surge of searches, and nightfall. Exploratory, both.

surge        the surge test: what the searches that a surge added found
seasons      the counts of two seasons, and a bootstrap over forces or days
placebo      how much hit rates move between seasons without a surge
veil         the veil of darkness: who is searched in vehicles by daylight and after dark at the same hour
veil_tables  its counts and ratios, and what refuses a ratio
daylight     which encounters were by daylight and which after dark, at hours that can be either
sun          when the sun sets and civil twilight ends
logit        the model of the veil: a logit with a smooth clock, clustered by day
"""

from sas_analysis.measures.timing.placebo import surge_placebo
from sas_analysis.measures.timing.surge import surge_test
from sas_analysis.measures.timing.veil import veil_of_darkness

__all__ = ["surge_placebo", "surge_test", "veil_of_darkness"]
