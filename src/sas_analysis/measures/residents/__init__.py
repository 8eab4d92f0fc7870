"""The ratio on every base of residents that can be defended."""

from sas_analysis.measures.residents.bases import benchmark_grid, ratios_by_base

__all__ = ["benchmark_grid", "ratios_by_base"]
