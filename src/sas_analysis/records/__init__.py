"""Raw files to one clean table.

fields    the publisher's columns, a row each, from which every list of columns is made
naming    what files are called, and the force and month that a name says
find      the publisher's files in the raw folder and inside ZIP archives
members   members of a ZIP archive that is not trusted
load      read files and check their form
parse     their rows, many files at once
labels    the publisher's labels in one vocabulary; the crosswalks are labels/*.csv
clean     what is stored of a record, nothing dropped
derived   the columns that follow from stored ones
contract  what the clean table promises, checked
refresh   bring the processed data up to date by doing only what changed
store     the processed data on disk: Parquet by force and year, and the manifest
audit     what is wrong with a force's months, judged against its other months
select    which records are analysed, every exclusion with its reason
locate    which local authority a search was in
acquire   fetch the publisher's files
synthetic the embedded sample, whose truth is known
"""
