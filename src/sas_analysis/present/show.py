"""Cards and views of tables under one name, for the notebooks: `show.cards.ratios`, `show.outcomes.stages`."""

from sas_analysis.present import audit_table as audit  # noqa: F401 - gathered here
from sas_analysis.present import cards  # noqa: F401
from sas_analysis.present import headline_view as headline  # noqa: F401
from sas_analysis.present import national_view as national  # noqa: F401
from sas_analysis.present import outcome_parts as parts  # noqa: F401
from sas_analysis.present import outcome_view as outcomes  # noqa: F401
from sas_analysis.present import place_view as places  # noqa: F401
from sas_analysis.present.field_months import field_months  # noqa: F401
from sas_analysis.present.official_view import view as official  # noqa: F401
from sas_analysis.present.said_recorded import view as said_and_recorded  # noqa: F401
from sas_analysis.present.taken_back import view as taken_back  # noqa: F401
from sas_analysis.present.trend_view import steps  # noqa: F401
