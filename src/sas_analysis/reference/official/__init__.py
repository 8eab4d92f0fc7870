"""Official statistics: read, brought into one layout, compared with the records."""
