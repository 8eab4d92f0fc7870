"""Ratios of several forces together: within forces, over forces, drawn towards their mean, ranked."""
