"""Conditioning maps, and warped references or the frame before -> colour and alpha: networks that judge or paint."""
