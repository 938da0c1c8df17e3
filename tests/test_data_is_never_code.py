"""Data is never code, nowhere in the package: no call that could run what a file holds."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from quick_transfer import ROOT

PACKAGE = ROOT / "motion_transfer"
ALLOWED = {  # calls that could run code, and the only files that may make them, each with a check of its own
    "pickle._Unpickler": {"files/smpl_file.py"},
    "torch.load": {
        "synthesis/perceptual.py",
        "motion_files/smpl_motion_files.py",
        "files/plain_tensors.py",
        "files/packaged_weights.py",  # and only of content whose digest is known
    },
    "hydra.utils.instantiate": {
        "assembly.py",
        "commands/benchmark.py",
        "commands/demo.py",
        "commands/diagnose.py",
        "configuration/parts.py",
    },
    "importlib.import_module": {
        "cli.py",
        "configuration/composition.py",
        "evaluation/provenance.py",
        "landmarks/whole_import.py",
    },
    "av.open": {"files/decoding.py", "files/sound.py", "files/video_writer.py"},
    "Image.open": {"files/frame_folders.py", "files/pictures.py", "files/kept_frames.py"},
    "yaml.parse": {"configuration/own_files.py"},
    "OmegaConf.load": {"configuration/own_files.py"},
    "np.load": {"files/npz.py"},
}
NOT_THE_USERS = {  # files that are the package's own, of the system, or written a moment before; bodies of requests
    "app/endpoints.py",
    "benchmarking/memory.py",
    "configuration/stored_settings.py",
    "evaluation/provenance.py",
    "jobs/event_log.py",
    "jobs/progress.py",
    "jobs/store.py",
    "jobs/upload_check.py",
    "jobs/uploads.py",
}
CALLED_WITHIN_IT = {"files/glb.py", "motion_files/own_motion.py"}  # by readers of motion files that stand in the door
FORBIDDEN = ("eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load")
FORBIDDEN += ("pickle.load", "pickle.loads", "pickle.Unpickler", "cv2.imread", "np.fromregex", "torch.jit.load")
MODULES = ("pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "subprocess")


@cache
def nodes(package: Path) -> tuple[tuple[str, ast.AST], ...]:
    """Calls, attributes and imports of a package, each with its file."""
    kinds = (ast.Call, ast.Attribute, ast.Import, ast.ImportFrom)
    return tuple(
        (path.relative_to(package).as_posix(), node)
        for path in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, kinds)
    )


@cache
def mentions(package: Path) -> frozenset[tuple[str, str]]:
    """Every name with a dot in it, with the files that have it."""
    return frozenset((ast.unparse(node), file) for file, node in nodes(package) if isinstance(node, ast.Attribute))


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Every call in the package: its file, the name that is called, and the call."""
    for file, node in nodes(PACKAGE):
        if isinstance(node, ast.Call):
            yield file, ast.unparse(node.func), node


@pytest.mark.slow
def test_no_call_runs_what_a_file_holds() -> None:
    found = {(file, name) for file, name, _ in calls() if name in FORBIDDEN}
    assert not found


@pytest.mark.slow
@pytest.mark.parametrize("name", ALLOWED)
def test_calls_that_could_run_code_are_made_where_they_are_checked(name: str) -> None:
    assert {file for mentioned, file in mentions(PACKAGE) if mentioned == name} == ALLOWED[name]


@pytest.mark.slow
def test_what_comes_from_a_file_is_parsed_within_the_one_door() -> None:
    outside = set()
    for file, name, _ in calls():
        if name == "json.loads" or name.endswith((".read_text", ".read_bytes")):
            text = (PACKAGE / file).read_text(encoding="utf-8")
            if "from motion_transfer.files.reading import" not in text:
                outside.add(file)
    assert outside == NOT_THE_USERS | CALLED_WITHIN_IT


@pytest.mark.slow
def test_no_argument_lets_a_file_name_classes() -> None:
    for file, name, call in calls():
        for keyword in call.keywords:
            value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
            assert (keyword.arg, value) not in {("weights_only", False), ("allow_pickle", True)}, f"{file}: {name}"
        if name == "torch.load":
            assert any(keyword.arg == "weights_only" for keyword in call.keywords), file


def test_modules_that_unpickle_or_start_processes_are_imported_where_they_are_needed() -> None:
    found = set()
    for file, node in nodes(PACKAGE):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found |= {(name, file) for name in names if name in MODULES}
    assert {name for name, _ in found} <= {"pickle", "subprocess"}
    assert {file for name, file in found if name == "pickle"} == {"files/smpl_file.py"}


def test_the_check_notices_what_it_forbids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.py").write_text("import pickle\ntorch.load(path, weights_only=False)\npickle.loads(text)\n")
    monkeypatch.setattr(f"{__name__}.PACKAGE", tmp_path)
    for check in (test_no_call_runs_what_a_file_holds, test_no_argument_lets_a_file_name_classes):
        with pytest.raises(AssertionError):
            check()
