"""Files as someone would make them who wants a command to run code, or to read or write where it should not.

Each function fills a folder and gives the words of the command that is to fall for it. Code that runs makes a file
named `canary` in the folder, or changes `victim`.
"""

import io
import json
import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from crafted_payloads import (
    CANARY,
    VICTIM,
    Command,
    archive_that_leads_out,
    endless,
    header_with,
    huge_picture,
    member_that_leads_out,
    objects,
    pickled,
    pipe,
    saved_by_old_torch,
    saved_by_torch,
)

from motion_transfer.files.manifest import write_manifest
from motion_transfer.files.video_reader import content_digest


@dataclass(frozen=True)
class Whole:
    """What a crafted file is made of: a clip, and a performer's folder with its provenance."""

    clip: Path
    performer: Path


Craft = Callable[[Path, Whole], list[str]]
CRAFTED: dict[str, Craft] = {}


def crafted(name: str, make: Craft) -> None:
    assert name not in CRAFTED
    CRAFTED[name] = make


# Parts of a performer's folder


def mend_manifest(folder: Path) -> None:
    """Make the digests right again, as whoever crafts a part would."""
    write_manifest(folder, {})


def part(name: str, write: Callable[[Path, Path], None]) -> Craft:
    """A performer with one part of its own; `write` gets the path of the part and the folder of the canary."""

    def make(folder: Path, whole: Whole) -> list[str]:
        copy = folder / "performer"
        shutil.copytree(whole.performer, copy)
        write(copy / name, folder)
        mend_manifest(copy)
        return ["transfer", str(whole.clip), f"performer={copy}"]

    return make


GENERATOR_CLASS = '"motion_transfer.synthesis.generators.unet.UNetGenerator"'
for name, write in {
    "a pickled generator": pickled,
    "a generator that torch pickled": saved_by_torch,
    "a generator that an old torch pickled": saved_by_old_torch,
    "a generator that is an archive of other places": archive_that_leads_out,
    "a generator with a file for another place": member_that_leads_out,
    "a generator of objects": objects,
    "a generator of the class os.system": header_with(GENERATOR_CLASS, '"os.system"'),
    "a generator of the function remove": header_with(GENERATOR_CLASS, '"motion_transfer.files.replacing.remove"'),
    "a generator that is a pipe": pipe,
    "a generator without end": endless,
}.items():
    crafted(name, part("generator.npz", write))
crafted("facts of objects", part("performer.npz", objects))
crafted("facts of the class Popen", part("performer.npz", header_with('"PerformerFacts"', '"Popen"')))
crafted("facts with a Popen inside", part("performer.npz", header_with('"BodyMotion"', '"Popen"')))
crafted(
    "maps of the class os.system", part("performer.npz", header_with('{"plain": "smpl"}', '{"plain": "os.system"}'))
)
crafted("a body of objects", part("body.npz", objects))
crafted("a pickled body", part("body.npz", pickled))
crafted("a plate that is a pipe", part("plate.png", pipe))
crafted("a plate of 70000 x 70000 pixels", part("plate.png", huge_picture))
crafted("a texture without end", part("texture.png", endless))


# Provenance


def provenance(change: Callable[[dict[str, Any], Path], Any]) -> Craft:
    """A performer whose provenance was changed; `diagnose` reads it where the clip is given."""

    def make(folder: Path, whole: Whole) -> list[str]:
        copy = folder / "performer"
        shutil.copytree(whole.performer, copy)
        content = json.loads((copy / "provenance.json").read_text())
        digest = content["footage"]["digest"].partition(":")[0]
        assert digest == content_digest(whole.clip)
        changed = change(content, folder)
        (copy / "provenance.json").write_text(changed if isinstance(changed, str) else json.dumps(changed))
        mend_manifest(copy)
        return ["diagnose", f"performer={copy}", f"clip={whole.clip}", f"output={folder / 'diagnosis'}"]

    return make


def setting(place: str, value: Callable[[Path], Any]) -> Craft:
    def change(content: dict[str, Any], folder: Path) -> dict[str, Any]:
        *groups, last = place.split(".")
        settings = content["settings"]
        for group in groups:
            settings = settings[group]
        settings[last] = value(folder)
        return content

    return provenance(change)


for name, make in {
    "a detector that is os.system": lambda folder: {"_target_": "os.system", "command": f"touch {folder / CANARY}"},
    "a detector that writes": lambda folder: {
        "_target_": "pathlib.Path.write_text",
        "_args_": [{"_target_": "pathlib.Path", "_args_": [str(folder / VICTIM)]}, "changed"],
    },
    "a detector that deletes": lambda folder: {"_target_": "shutil.rmtree", "path": str(folder)},
    "a detector that deletes by our own code": lambda folder: {
        "_target_": "motion_transfer.files.replacing.remove",
        "path": {"_target_": "pathlib.Path", "_args_": [str(folder / VICTIM)]},
    },
    "a detector given in place": lambda folder: {
        "_target_": "motion_transfer.landmarks.person_tracker.PersonTracker",
        "_args_": [{"_target_": "os.system", "command": f"touch {folder / CANARY}"}],
    },
    "a detector that refers outward": lambda folder: "${oc.env:HOME}",
}.items():
    crafted(name, setting("landmarks", make))
crafted("code in a number", setting("fitting.estimator.focal", lambda folder: {"_target_": "os._exit", "status": 3}))
crafted("code among settings", setting("registration.crop", lambda folder: {"margin": {"_target_": "os.abort"}}))
crafted("settings nested 100000 deep", provenance(lambda content, folder: '{"settings":' * 100000))
crafted("provenance that is a list", provenance(lambda content, folder: []))
crafted("provenance that is nothing", provenance(lambda content, folder: {}))


# Clips and motion


def source(name: str, write: Callable[[Path, Path, Whole], None]) -> Craft:
    def make(folder: Path, whole: Whole) -> list[str]:
        path = folder / name
        write(path, folder, whole)
        return ["transfer", str(path), str(whole.clip)]

    return make


def text(content: str) -> Callable[[Path, Path, Whole], None]:
    def write(path: Path, folder: Path, whole: Whole) -> None:
        path.write_text(content.replace("CLIP", str(whole.clip)))

    return write


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nCLIP\n#EXT-X-ENDLIST\n"
crafted("a list of other clips", source("list.mp4", text("ffconcat version 1.0\nfile 'CLIP'\n")))
crafted("a playlist", source("list.m3u8", text(PLAYLIST)))
crafted("a playlist named as a clip", source("playlist.mp4", text(PLAYLIST)))
crafted("a description of a stream", source("stream.mp4", text("v=0\nm=video 4 RTP/AVP 96\nc=IN IP4 127.0.0.1\n")))
crafted("a clip that is a pipe", source("pipe.mp4", lambda path, folder, whole: os.mkfifo(path)))
crafted("a clip without end", source("zero.mp4", lambda path, folder, whole: path.symlink_to("/dev/zero")))
crafted(
    "a motion of ten billion frames",
    source("motion.bvh", text("HIERARCHY ROOT Hips { OFFSET 0 0 0 } MOTION Frames: 10000000000 Frame Time: 0.1")),
)


# Bodies and weights


def given(key: str, suffix: str, content: Callable[[Path], bytes], *more: str) -> Craft:
    def make(folder: Path, whole: Whole) -> list[str]:
        path = folder / f"given{suffix}"
        path.write_bytes(content(folder))
        return ["transfer", str(whole.clip), str(whole.clip), f"{key}={path}", *more]

    return make


def nested_key(folder: Path) -> bytes:
    return b"\x80\x02})" + b"\x85" * 400_000 + b"K\x01s."


def shared_stand_ins(folder: Path) -> bytes:
    made = b"ccopy_reg\n_reconstructor\n(cchumpy.ch\nCh\nc__builtin__\nobject\nNtR"
    body = made + b"p0\n0"
    for depth in range(60):
        body += made + f"(dS'x'\ng{depth}\nsS'y'\ng{depth}\nsbp{depth + 1}\n0".encode()
    return b"(dS'v_template'\ng60\ns.".join([body, b""])


for name, content in {
    "a body that runs a command": lambda folder: pickle.dumps({"v_template": Command(folder)}, protocol=2),
    "a body that evaluates text": lambda folder: b"cbuiltins\neval\n(S'1'\ntR.",
    "a body that reaches through a name": lambda folder: b"\x80\x04\x8c\x06chumpy\x8c\x09os.system\x93.",
    "a body of nine bytes for four gigabytes": lambda folder: bytes.fromhex("80027d72ffffff0f2e"),
    "a body with a key nested 400000 deep": nested_key,
    "a body of parts that share parts": shared_stand_ins,
}.items():
    crafted(name, given("smpl_path", ".pkl", content, "body=smpl"))


def torch_file(folder: Path) -> bytes:
    file = io.BytesIO()
    torch.save(Command(folder), file)
    return file.getvalue()


crafted("features that run a command", given("training.objective.perceptual.weights", ".pth", torch_file))


def pretrained(folder: Path, whole: Whole) -> list[str]:
    pickled(folder / "generator.npz", folder)
    return ["transfer", str(whole.clip), str(whole.clip), f"training.pretrained.folder={folder}"]


crafted("a generator to start from that runs a command", pretrained)


# Names


def elsewhere(name: str) -> Craft:
    def make(folder: Path, whole: Whole) -> list[str]:
        (folder / "data").mkdir()
        return ["train", f"dancer={name.replace('FOLDER', str(folder))}", f"data={folder / 'data'}"]

    return make


crafted("a dancer in another folder", elsewhere("../x"))
crafted("a dancer at a place of their own", elsewhere("FOLDER/x"))
crafted("a dancer that is the folder above", elsewhere(".."))


def dots(folder: Path, whole: Whole) -> list[str]:
    shutil.copyfile(whole.clip, folder / "...mp4")
    return ["prepare", str(folder / "...mp4")]


crafted("a clip named as the folder above", dots)
