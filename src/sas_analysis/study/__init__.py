"""The records of some forces and months, the choices made among them, and the residents they are compared with.

opening      open a study: check what is asked for, clean what is new, load its records
study        `Study`: searches, flow, coverage, the audit, official statistics, and its measures
choices      which records count, and in which group each is
comparison   `Comparison`: residents, exposure, the groups shown, marks of contradicted records
estimates    `Estimates`: what a method of a study returns
measures     shares, outcomes, rates and ratios, by area and over time
model_frame  the searches as a model takes them
robust       the robust outcome test by force and object, on every base of residents
surge        the surge test of two seasons, and its placebos
veil         the veil of darkness on vehicle encounters
trends       series of a study, matched years, steps; trend_months, trend_residents: which months, and rates
describe     a study in a few lines
"""
