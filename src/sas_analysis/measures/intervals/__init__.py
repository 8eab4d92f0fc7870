"""Limits: plain functions of arrays, and limits that let months vary."""
