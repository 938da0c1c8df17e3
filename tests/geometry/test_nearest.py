import torch

from motion_transfer.geometry import nearest as module
from motion_transfer.geometry.nearest import nearest


def test_in_blocks_the_same_neighbours_are_found_as_in_one_matrix(monkeypatch) -> None:
    generator = torch.Generator().manual_seed(0)
    points, known = (torch.rand(count, 3, generator=generator) for count in (50, 7))
    monkeypatch.setattr(module, "BLOCK", 30)  # four points at a time
    found = nearest(points, known)
    whole = (points[:, None] - known).norm(dim=-1)
    assert torch.equal(found.row, whole.argmin(1))
    assert torch.allclose(found.distance, whole.amin(1))


def test_no_block_holds_more_than_its_share(monkeypatch) -> None:
    sizes = []
    monkeypatch.setattr(module, "BLOCK", 1000)
    monkeypatch.setattr(torch, "cdist", recorded(torch.cdist, sizes))
    nearest(torch.rand(500, 3), torch.rand(90, 3))
    assert max(sizes) <= 1000
    assert sum(sizes) == 500 * 90


def recorded(function, sizes):
    def call(*words, **options):
        result = function(*words, **options)
        sizes.append(result.numel())
        return result

    return call
