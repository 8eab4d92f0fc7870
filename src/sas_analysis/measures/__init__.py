"""Numbers from counts: every measure takes the clean table and returns the measures table.

table      the measures table: its columns, its constructor, its check
intervals  limits for proportions, Poisson counts and rate ratios, as plain functions of arrays
shares     shares of searches, and the counting that keeps groups without a search
rates      searches per 1,000 residents per year
varying    limits that let months vary, and where the default interval is offered
ratios     a group's rate beside the reference group's: ratio, difference, excess searches
unknown    what unknown ethnicity could change: bounds of the ratios, what would bring parity
imputation  ratios with the unknown imputed given the officer's word; backoff and rubin are its parts
missing_not_at_random  ratios where one group's ethnicity goes unknown more often
schemes    self-defined, officer-defined and combined ethnicity beside each other
ladder     the ratio on every base of residents; the tipping multiplier and the benchmark grid
standardise  rates and ratios standardised by age and sex
outcomes   positive outcomes, arrests, finds, and whether a force's records support a find rate
grounds    whether object of search and legislation agree
quality    what is recorded, when, where, and how far two accounts of ethnicity agree
coverage   which forces published which months; a month without a file is never a month without searches
windows    the months that all forces, or all years, have: like with like
headline   what a headline may rest on: months without a flag, records that official statistics bear out
"""
