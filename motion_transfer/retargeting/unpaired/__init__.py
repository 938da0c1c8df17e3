"""Two collections of deforming shapes without any known pair -> shapes of the one as shapes of the other.

Unpaired shape deformation transfer (Gao et al. 2018): shapes become as-consistent-as-possible deformation features, a
variational autoencoder of each collection turns these into latent vectors, and a CycleGAN maps between the latents.
"""
