"""Sizes and colours of contact sheets."""

GAP_PX = 4
LABEL_HEIGHT_PX = 22
PAPER = (24, 24, 24)
INK = (235, 235, 235)
