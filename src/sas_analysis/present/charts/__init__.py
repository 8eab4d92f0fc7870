"""Figures drawn from tables: one module for each question."""
