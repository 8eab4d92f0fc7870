"""All sentences of the reports under one name, for the notebooks: `say.ratios.answer`, `say.general.scope`."""

from sas_analysis.present import answers  # noqa: F401 - gathered here
from sas_analysis.present import national_sentences as national  # noqa: F401
from sas_analysis.present import outcome_sentences as outcomes  # noqa: F401
from sas_analysis.present import place_sentences as places  # noqa: F401
from sas_analysis.present import quality_sentences as quality  # noqa: F401
from sas_analysis.present import ratio_sentences as ratios  # noqa: F401
from sas_analysis.present import robust_sentences as robust  # noqa: F401
from sas_analysis.present import scope_sentences as general  # noqa: F401
from sas_analysis.present import section_sentences as sections  # noqa: F401
from sas_analysis.present.official_sentences import official  # noqa: F401
from sas_analysis.present.trend_sentences import changed  # noqa: F401
