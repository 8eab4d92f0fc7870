"""Numbers from counts: every measure takes the clean table and returns the measures table.

table        the measures table: its columns, its constructor, its check
registry     every measure in a row: title, kind, factor, heads, and the fields it rests on
exposure     searches beside residents and published months: what every rate and ratio takes
shares       shares of searches, and the counting that keeps groups without a search
coverage     which forces published which months; a month without a file is never a month without searches
intervals/   limits for proportions, Poisson counts and rate ratios, and limits that let months vary
rates/       searches per 1,000 residents a year; ratio, difference and excess beside the reference group; standardised
unknown/     what unknown ethnicity could change: bounds, parity, imputation, missing not at random
ethnicity/   self-defined, officer-defined and combined ethnicity beside each other
residents/   the ratio on every base of residents, and if residents were so many times as many
pooling/     forces pooled and compared: strata, within forces, random effects, shrinkage, ranks, funnel
outcomes/    positive outcomes, arrests, finds, whether a force's records support a find rate, outcome tests
timing/      the surge test and the veil of darkness: what further searches find, and who is searched by daylight
trends/      series by month and quarter, matched years, steps against the drift of months, interrupted series
places/      searches by local authority, and those near its boundary
grounds      whether object of search and legislation agree
encounters   searches at the same time and place
e_value      how strong what was not measured would have to be
refused      what these records cannot answer
quality      what is recorded, when, where
sensitivity  what a headline may rest on: months without a flag, records that official statistics bear out
multiverse   the ratio under every combination of choices
headline_table  every group's ratio with its sampling error, beside what each assumption could make of it
"""
