"""What follows a search: positive outcomes, arrests, finds."""
