"""A training of unpaired transfer between two tubes, in seconds."""

from drawn_shapes import closed_tube, tube_shapes

from motion_transfer.retargeting.unpaired.light_field import LightField
from motion_transfer.retargeting.unpaired.model import NetworkSizes
from motion_transfer.retargeting.unpaired.shape_collection import ShapeCollection
from motion_transfer.unpaired_training.settings import AutoencoderSettings, CycleGanSettings, SimilaritySettings
from motion_transfer.unpaired_training.training import UnpairedTraining

TINY = UnpairedTraining(
    sizes=NetworkSizes(latent=4, mesh_channels=4, map_hidden=(16,), similarity_hidden=(16,)),
    light_field=LightField(views=2, side_px=24, highest_order=4, harmonics=4),
    autoencoder=AutoencoderSettings(steps=6, batch=8),
    similarity=SimilaritySettings(steps=6, batch=8, decoded=10, components=6),
    cycle_gan=CycleGanSettings(steps=40, batch=8),
)


def two_tubes(shapes: int = 16) -> tuple[ShapeCollection, ShapeCollection]:
    """Tubes of different triangles and thickness, in other poses each."""
    meshes = closed_tube(8, 6), closed_tube(10, 7, radius_m=0.2, length_m=1.3)
    found = [
        ShapeCollection(name=name, vertices_m=tube_shapes(mesh, shapes, seed), faces=mesh.faces)
        for seed, (name, mesh) in enumerate(zip(("thin", "thick"), meshes, strict=True))
    ]
    return found[0], found[1]
