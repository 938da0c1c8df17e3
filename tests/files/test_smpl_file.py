"""The user's own SMPL file is read whole, and runs nothing."""

import os
import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csc_matrix

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARENTS
from motion_transfer.files.assets import MissingAssetError
from motion_transfer.files.bodies import load_body
from motion_transfer.files.smpl_file import read_smpl_arrays


def pose_offsets_m(model: BodyModel) -> torch.Tensor:
    return torch.randn(*model.template_m.shape, 207, generator=torch.Generator().manual_seed(0)) * 0.003


@pytest.fixture
def arrays(tiny_body: BodyModel) -> dict[str, Any]:
    return {
        "v_template": np.asfortranarray(tiny_body.template_m.double().numpy()),
        "shapedirs": tiny_body.shape_directions_m.double().numpy(),
        "posedirs": pose_offsets_m(tiny_body).double().numpy(),
        "J_regressor": csc_matrix(tiny_body.joint_regressor.double().numpy()),
        "weights": tiny_body.weights.numpy().astype(">f8"),
        "f": tiny_body.faces.numpy().astype(np.uint32),
        "kintree_table": np.array([(2**32 - 1, *PARENTS[1:]), range(24)], np.uint32),
        "bs_style": "lbs",
        "pose_training_info": {"gender": "neutral"},
    }


@pytest.fixture
def chumpy(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Classes of the names that official files use, for the time of writing one."""
    module = ModuleType("chumpy.ch")
    for name in ("Ch", "Select", "add"):
        setattr(module, name, type(name, (), {"__module__": "chumpy.ch"}))
    monkeypatch.setitem(sys.modules, "chumpy", ModuleType("chumpy"))
    monkeypatch.setitem(sys.modules, "chumpy.ch", module)
    return module


class Command:
    """What an attacker would put into a pickle."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)


def node(kind: type, **state: Any) -> Any:
    made = kind()
    made.__dict__.update(state)
    return made


def assert_is_tiny(found: BodyModel, tiny_body: BodyModel) -> None:
    for name in ("template_m", "shape_directions_m", "joint_regressor", "weights", "faces", "mirror_vertex"):
        assert torch.equal(getattr(found, name), getattr(tiny_body, name)), name
    assert found.pose_directions_m is not None
    assert torch.equal(found.pose_directions_m, pose_offsets_m(tiny_body))


@pytest.mark.slow
def test_an_npz_comes_back_as_it_was(tmp_path: Path, arrays: dict[str, Any], tiny_body: BodyModel) -> None:
    plain = arrays | {"J_regressor": arrays["J_regressor"].toarray()}
    np.savez(tmp_path / "smpl.npz", **{key: a for key, a in plain.items() if isinstance(a, np.ndarray)})
    assert_is_tiny(load_body("smpl", str(tmp_path / "smpl.npz")), tiny_body)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_comes_back_as_it_was(
    tmp_path: Path, arrays: dict[str, Any], tiny_body: BodyModel, protocol: int
) -> None:
    path = tmp_path / "smpl.pkl"
    path.write_bytes(pickle.dumps(arrays, protocol=protocol))
    assert_is_tiny(load_body("smpl", str(path)), tiny_body)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", [0, 2])
def test_expressions_of_chumpy_are_read_without_it(
    tmp_path: Path,
    arrays: dict[str, Any],
    tiny_body: BodyModel,
    chumpy: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    protocol: int,
) -> None:
    more = np.random.default_rng(0).normal(size=(*arrays["v_template"].shape, 13))
    more[..., :10] = arrays["shapedirs"]
    wanted = np.arange(more.size).reshape(more.shape)[..., :10]
    base = node(chumpy.Ch, x=more)
    chosen = node(chumpy.Select, a=base, idxs=wanted.ravel(), preferred_shape=wanted.shape)
    template = node(chumpy.Ch, x=arrays["v_template"])
    unused = node(chumpy.add, a=base, b=template)
    path = tmp_path / "smpl.pkl"
    path.write_bytes(
        pickle.dumps(arrays | {"shapedirs": chosen, "v_template": template, "J": unused}, protocol=protocol)
    )
    monkeypatch.delitem(sys.modules, "chumpy.ch")
    monkeypatch.delitem(sys.modules, "chumpy")
    assert_is_tiny(load_body("smpl", str(path)), tiny_body)


def test_bytes_that_python_2_wrote_are_numbers(tmp_path: Path) -> None:
    numbers = np.array([1.5, -2.0, 1e300])
    text = numbers.tobytes()
    python_2 = (
        b"(dS'weights'\ncnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
        b"(I1\n(I3\ntcnumpy\ndtype\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nU"
        + bytes([len(text)])
        + text
        + b"tbs."
    )
    (tmp_path / "old.pkl").write_bytes(python_2)
    np.testing.assert_array_equal(read_smpl_arrays(tmp_path / "old.pkl")["weights"], numbers)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_would_run_a_command_is_refused_and_runs_nothing(
    tmp_path: Path, arrays: dict[str, Any], protocol: int
) -> None:
    path = tmp_path / "smpl.pkl"
    path.write_bytes(pickle.dumps(arrays | {"weights": Command(tmp_path / "was_here")}, protocol=protocol))
    with pytest.raises(ValueError, match=r"got (posix|nt)\.system") as refusal:
        load_body("smpl", str(path))
    assert not (tmp_path / "was_here").exists()
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "named",
    [
        b"cbuiltins\neval\n",
        b"cbuiltins\ngetattr\n",
        b"cnumpy\nload\n",
        b"cscipy.sparse\nload_npz\n",
        b"cpickle\nloads\n",
    ],
)
def test_any_other_function_is_refused_by_its_name(tmp_path: Path, named: bytes) -> None:
    (tmp_path / "smpl.pkl").write_bytes(named + b"(S'1'\ntR.")
    with pytest.raises(ValueError, match=named.decode().split()[1]):
        read_smpl_arrays(tmp_path / "smpl.pkl")


def test_a_name_cannot_reach_through_an_allowed_one(tmp_path: Path) -> None:
    reaching = pickle.PROTO + b"\x04" + b"\x8c\x09chumpy.ch" + b"\x8c\x09os.system" + pickle.STACK_GLOBAL + b"."
    (tmp_path / "smpl.pkl").write_bytes(reaching)
    with pytest.raises(ValueError, match=r"chumpy\.ch\.os\.system"):
        read_smpl_arrays(tmp_path / "smpl.pkl")


def test_arrays_of_objects_stay_closed(tmp_path: Path, arrays: dict[str, Any]) -> None:
    objects = np.array([None, "text"], object)
    (tmp_path / "smpl.pkl").write_bytes(pickle.dumps(arrays | {"weights": objects}))
    with pytest.raises(ValueError, match="expected numbers in weights"):
        load_body("smpl", str(tmp_path / "smpl.pkl"))
    np.savez(tmp_path / "smpl.npz", weights=objects)
    with pytest.raises(ValueError, match="Python objects, which could run code"):
        load_body("smpl", str(tmp_path / "smpl.npz"))


@pytest.mark.parametrize("name", ["smpl.pkl", "smpl.npz"])
def test_a_damaged_file_is_told_in_one_line(tmp_path: Path, arrays: dict[str, Any], name: str) -> None:
    path = tmp_path / name
    if name.endswith("pkl"):
        path.write_bytes(pickle.dumps(arrays)[:-2000])
    else:
        np.savez(path, f=arrays["f"])
        path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match="damaged") as refusal:
        load_body("smpl", str(path))
    assert "\n" not in str(refusal.value)


def test_a_file_without_a_key_is_told_in_one_line(tmp_path: Path, arrays: dict[str, Any]) -> None:
    del arrays["kintree_table"]
    (tmp_path / "smpl.pkl").write_bytes(pickle.dumps(arrays))
    with pytest.raises(ValueError, match="none called kintree_table"):
        load_body("smpl", str(tmp_path / "smpl.pkl"))


def test_another_kind_of_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "smpl.obj").touch()
    with pytest.raises(ValueError, match=r"smpl\.obj"):
        load_body("smpl", str(tmp_path / "smpl.obj"))


@pytest.mark.parametrize("given", [None, "nowhere/smpl.pkl"])
def test_a_missing_file_is_told_with_the_setting_and_the_source(given: str | None) -> None:
    with pytest.raises(MissingAssetError, match=r"smpl\.is\.tue\.mpg\.de.*smpl_path=") as missing:
        load_body("smpl", given)
    assert [str(path) for path in missing.value.tried] == ([] if given is None else [given])
