"""One notebook with parameters to one finished report: HTML, executed notebook, tables and provenance."""
