"""Searches per resident: rates, ratios of rates, differences, standardised rates."""
