"""Conditioning maps and frames -> patch scores: networks that tell filmed frames from painted ones."""
