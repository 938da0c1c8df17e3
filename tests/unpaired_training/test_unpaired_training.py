"""The training of unpaired transfer from end to end, on tubes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_unpaired import TINY, two_tubes

from motion_transfer.files.records import load_record, save_record
from motion_transfer.retargeting.unpaired.model import FILE, StoredModel, UnpairedModel
from motion_transfer.retargeting.unpaired.shape_collection import align
from motion_transfer.unpaired_training.similarity import between
from motion_transfer.unpaired_training.training import Trained

CPU = torch.device("cpu")


class _EndedError(Exception):
    pass


def nothing(name: str, share: float) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Path]:
    folder = tmp_path_factory.mktemp("unpaired")
    return TINY(*two_tubes(), folder, advance=nothing, device=CPU), folder


@pytest.mark.slow
def test_a_model_maps_shapes_of_one_topology_to_the_other(trained: tuple[Trained, Path]) -> None:
    made, folder = trained
    source, target = two_tubes()
    turned = source.vertices_m[3] @ np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]]).T + [2.0, 0.5, 0.0]
    found = made.model(np.stack([source.vertices_m[3], turned]))
    assert found.shape == (2, *target.vertices_m.shape[1:])
    assert found[1][:, 1].min() == pytest.approx(turned[:, 1].min() * target.height_m / source.height_m)
    heading = (found[0] - found[0].mean(0)) @ np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]]).T
    np.testing.assert_allclose(found[1] - found[1].mean(0), heading, atol=1e-4)
    stored = UnpairedModel.load(folder / FILE)
    np.testing.assert_allclose(stored(source.vertices_m[:2]), made.model(source.vertices_m[:2]), atol=1e-6)
    assert {"mmd_target", "cycle_error", "source_error_percent", "unexplained_variance"} <= set(made.figures)
    assert list((folder / "tensorboard" / "cycle_gan").glob("events*"))


@pytest.mark.slow
def test_a_resumed_training_ends_like_an_uninterrupted_one(trained: tuple[Trained, Path], tmp_path: Path) -> None:
    made, _ = trained
    for stage, share in (("autoencoder_target", 0.5), ("cycle_gan", 0.55)):

        def ends(name: str, done: float, stage: str = stage, share: float = share) -> None:
            if name == stage and done > share:
                raise _EndedError

        with pytest.raises(_EndedError):
            TINY(*two_tubes(), tmp_path, advance=ends, device=CPU)
    resumed = TINY(*two_tubes(), tmp_path, advance=nothing, device=CPU)
    for name, weight in made.model.generator.state_dict().items():
        torch.testing.assert_close(resumed.model.generator.state_dict()[name], weight, rtol=0, atol=0)
    assert resumed.figures == made.figures


@pytest.mark.slow
def test_a_folder_with_another_training_is_refused(trained: tuple[Trained, Path]) -> None:
    with pytest.raises(ValueError, match="expected the shapes and settings that the training"):
        replace(TINY, seed=1)(*two_tubes(), trained[1], advance=nothing, device=CPU)


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["sizes", "generator", "whole", "target"])
def test_a_model_that_lacks_a_part_is_refused_in_one_line(
    trained: tuple[Trained, Path], lost: str, tmp_path: Path
) -> None:
    state = dict(load_record(trained[1] / FILE, StoredModel).state)
    state[lost] = {}
    save_record(tmp_path / FILE, StoredModel(state=state))
    with pytest.raises(ValueError, match="expected a map that was learned without pairs"):
        UnpairedModel.load(tmp_path / FILE)
    (tmp_path / FILE).write_bytes((trained[1] / FILE).read_bytes()[:-200])
    with pytest.raises(ValueError, match="expected a stored StoredModel"):
        UnpairedModel.load(tmp_path / FILE)


@pytest.mark.slow
def test_a_shape_is_retrieved_for_one_of_its_own_light_field(trained: tuple[Trained, Path]) -> None:
    made, _ = trained
    source, _ = two_tubes()
    aligned = align(source.vertices_m, source.vertices_m[0])[0]
    own = replace(made, described=(made.described[0], made.described[0]), counts=(len(source), len(source)))
    assert own.nearest(aligned[[2, 5]], source.faces).tolist() == [2, 5]


def test_latents_between_keep_the_variance() -> None:
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn(400, 5, generator=generator)
    found = between(latents, 20_000, 0.0, generator)
    torch.testing.assert_close(found.std(0), torch.ones(5), rtol=0.1, atol=0)
