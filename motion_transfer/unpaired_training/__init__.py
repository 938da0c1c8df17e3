"""Two collections of shapes without any known pair -> the model that maps the one to the other.

An autoencoder of each collection, then the similarity network, then the CycleGAN between the latents, each a training
of Lightning's with checkpoints of its own, so that a training that was ended goes on where it was.
"""
