"""Raw files to one clean table.

sample    the embedded synthetic extract (with sample_model, sample_rows, sample_faults, sample_truth)
load      find files, check their form, parse many at once
labels    the publisher's labels in one vocabulary; the crosswalks are labels/*.csv
clean     one column per fact, nothing dropped
contract  what the clean table promises, checked
refresh   bring the processed data up to date by doing only what changed
store     the processed data on disk: Parquet by force and year, and the manifest
audit     what is wrong with a force's months, judged against its other months
study     the records of some forces and months, and what is known about their files
calendar  months as texts: which comes later, and many in words
select    which records are analysed, every exclusion with its reason
"""
