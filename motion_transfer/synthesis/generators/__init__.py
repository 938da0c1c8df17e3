"""Conditioning maps and the frame before -> colour, alpha and blend: networks that paint a person."""
