"""What each command does and takes, in the words of its help."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command of the command line.

    Attributes:
        does: what it does, in one sentence.
        inputs: names of the settings that may be given by position, each with what it is.
        settings: those that people change most, in the order of the help.
        examples: what may follow the command's name, each with what it is for.
    """

    does: str
    inputs: Mapping[str, str]
    settings: tuple[str, ...]
    examples: Mapping[str, str]

    @property
    def usage(self) -> str:
        """The inputs as they stand in a usage line."""
        return " ".join(name.upper() for name in self.inputs)


CLIP = "a video of one person who moves"
LEARNING = ("preset", "minutes", "resolution", "condition", "device", "body", "seed", "work_dir")

SETTINGS: Mapping[str, str] = {
    "all": "true removes everything",
    "app.add_user": "writes this user into the file of users, asks for the password, and ends",
    "app.auth": "a file of users and hashed passwords; null asks nobody",
    "app.host": "the address that it listens on; any but the loopback one needs app.auth",
    "app.max_upload_mb": "size of the largest file that may be uploaded",
    "app.port": "where it listens",
    "body": "free, smpl with your own file in smpl_path=FILE, or character with character=FILE",
    "budgets": "minutes of several trainings; [] for minutes alone",
    "cancel": "the name of a job that shall end",
    "clip": "the clip, or the folder of clips, that the performer was learned from",
    "clips": "videos to measure, or FILE:FIRST-STOP with a range of frames",
    "condition": "what the network sees of the motion: smpl maps of the body, or a stick figure",
    "dancer": "learns from data/DANCER/*.mp4",
    "data": "the folder with a folder of clips for each dancer",
    "delete": "the name of a job that shall go, with its results",
    "device": "auto takes a GPU where there is one; or cpu, cuda",
    "facing": "keep the side that the source's camera sees, face as the target, or turn by degrees",
    "finish": "the name of a job whose training shall end with the best so far",
    "fps": "frames a second of the result of a motion file; null for its own rate",
    "gaps": "of a clip's clock: hold repeats the frame before, cut leaves the time out",
    "rotate": "90, 180 or 270 degrees clockwise for the clip; 0 as filmed",
    "folder": "where the clips and the results go",
    "height_m": "how tall the character is; null guesses the unit of its file",
    "height_px": "height in pixels of the video",
    "job.preset": "of a new job: draft, fast, quality; job.minutes, job.facing and others likewise",
    "keep_days": "jobs that ended longer ago are deleted; null keeps all",
    "like": "only names that contain this word; null for all",
    "markers": "a .json or .csv file of marker names and vertex numbers; null for none",
    "max_size": "GB that may stay: the least recently used is removed",
    "minutes": "of training, by the clock; ends earlier where held-out frames gain no more; 0 for none",
    "motions": "motion files with poses of people, beside made-up dances",
    "methods": "names of experiments, one training each; null for all",
    "missing": "frames whose source shows nobody: hold the pose before, or show the empty room",
    "naming": "of the joints in .bvh: cmu, mixamo or smpl",
    "order": "of the rotation channels in .bvh",
    "older_than": "days: what was not used for longer is removed",
    "only": "detect, fit, retarget, render, train, synthesize, memory, accuracy, estimators or others",
    "output": "where the result goes; null for a name made of the inputs' names",
    "output_up": "the axis that points up in the output: y or z; null for what the format has",
    "pair_seed": "which two synthetic people",
    "pairs": "seeds of the synthetic pairs to measure",
    "performer": "the folder of a performer learned before",
    "person": "whom to follow: largest, or x,y: a point on the person; source_person, target_person for one clip",
    "pictures": "a folder of pictures without people, for backgrounds; null for made-up ones alone",
    "preset": "how much to spend: draft, fast, quality",
    "processes": "that draw; null for all cores but one",
    "progress": "how to show it: auto, bars, plain, json or none",
    "repeats": "of every measurement; the median counts",
    "resume": "the name of a job that ended and shall be queued again",
    "resolution": "height in pixels of the crop that the person is painted in, a multiple of 32",
    "seed": "of all random choices",
    "check_pose": "true looks for the person in the result, and reports how far the pose is off",
    "side_by_side": "true also shows the source beside the result",
    "source_mesh": "a mesh that does the source's motion in place of the body",
    "target_mesh": "a mesh that does the target's motion in place of the body",
    "truth": "a folder of the target's meshes, named as the source's, for the report alone",
    "vertices": "larger meshes are thinned to so many for the training",
    "speed_s": "seconds of the clip that speeds are measured on",
    "start": "the first frame of the clip that is used",
    "stop": "the frame after the last one that is used; null for the end",
    "unit": "of .bvh and .csv: m, cm, mm or in",
    "up": "the axis that points up in the mesh's or motion's file: x, y, z, -x, -y, -z or auto",
    "train_fraction": "of the clip that is learned from; the rest is measured on",
    "train_s": "seconds of training that are timed",
    "work": "true starts what waits, until nothing does",
    "work_dir": "where computed steps are kept and found again; null for your cache folder",
}

COMMANDS: Mapping[str, Command] = {
    "transfer": Command(
        does="Make the person of the target video do the motion of the source.",
        inputs={"source": "a video of a person who moves, or a motion file such as .bvh", "target": CLIP},
        settings=(
            "preset",
            "minutes",
            "resolution",
            "performer",
            "output",
            "facing",
            "side_by_side",
            "check_pose",
            "missing",
            "person",
            "device",
            "body",
            "work_dir",
        ),
        examples={
            "dance.mp4 anna.mp4 preset=draft": "a first look within minutes",
            "waltz.bvh performer=performers/anna": "a performer learned before, no training",
        },
    ),
    "train": Command(
        does="Learn a performer from all clips of a dancer, for transfers with performer=performers/DANCER.",
        inputs={},
        settings=("dancer", "data", "output", *LEARNING[:4], "device", "body", "work_dir"),
        examples={
            "dancer=anna minutes=20": "from data/anna/*.mp4 into performers/anna",
            "dancer=anna preset=quality device=cuda": "at 512 pixels on a GPU",
        },
    ),
    "evaluate": Command(
        does="Learn from the first part of a clip and measure the result on its last part.",
        inputs={"clip": CLIP},
        settings=("train_fraction", "start", "stop", "output", *LEARNING[:5], "work_dir"),
        examples={
            "anna.mp4": "scores beside those of two baselines, and a contact sheet",
            "anna.mp4 condition=stick": "the same from a stick figure alone",
        },
    ),
    "animate": Command(
        does="Make a character of any mesh do the motion of the source.",
        inputs={
            "source": "a video of a person who moves, or a motion file such as .bvh",
            "mesh": "of a character who stands with free arms: .obj, .ply, .stl, .glb, .gltf or .off",
        },
        settings=("output", "markers", "up", "height_m", "fps", "device", "body", "work_dir"),
        examples={
            "dance.mp4 robot.glb": "into dance_as_robot.glb, with a preview beside it",
            "waltz.bvh bear.obj output=waltz.usdc": "for USD",
        },
    ),
    "markers": Command(
        does="List the names that a file of markers for animate may use.",
        inputs={},
        settings=("like",),
        examples={"": "a name a line, and where on the body it is", "like=knee": "those of the knees"},
    ),
    "export": Command(
        does="Write the motion of a source as a file for other programs: .bvh, .glb, .npz or .csv.",
        inputs={"source": "a video of a person who moves, or a motion file such as .bvh"},
        settings=("output", "naming", "order", "unit", "output_up", "performer", "fps", "up", "device", "work_dir"),
        examples={
            "dance.mp4 output=dance.bvh": "under Mixamo's names, for Blender, Unity or Unreal",
            "dance.mp4 output=dance.glb": "a skinned body; performer=DIR gives its texture",
        },
    ),
    "show": Command(
        does="Show the motion of a source: a video of the body, a contact sheet and plots.",
        inputs={"source": "a video of a person who moves, or a motion file such as .bvh"},
        settings=("output", "height_px", "fps", "up", "device", "body", "work_dir"),
        examples={"dance.mp4": "the fitted body over the picture", "waltz.bvh": "the body on a floor"},
    ),
    "report": Command(
        does="Write the page NAME.report.html of a finished transfer again, from its NAME.report.json.",
        inputs={"report": "the video, its NAME.report.json, or a folder of them"},
        settings=(),
        examples={"anna_dances.mp4": "the page beside the video", "results/": "the pages of all results in a folder"},
    ),
    "check": Command(
        does="Say within seconds what is wrong with clips as source or as target, and how to film them better.",
        inputs={"clips": "videos, one after the other"},
        settings=("folder", "gaps", "rotate"),
        examples={
            "anna.mp4 dance.mov": "a line a finding, and a contact sheet of each",
            "turned.mp4 rotate=90": "turned",
        },
    ),
    "prepare": Command(
        does="Compute everything that comes before training, in a folder that another machine trains from.",
        inputs={"target": CLIP},
        settings=("work_dir", *LEARNING[:7], "progress"),
        examples={
            "anna.mp4": "into prepared/anna",
            "anna.mp4 preset=quality": "for a training at 512 pixels",
        },
    ),
    "demo": Command(
        does="Draw two synthetic people, transfer one's dance to the other, and compare with the true pictures.",
        inputs={},
        settings=("folder", "pair_seed", "side_by_side", *LEARNING[:6], "work_dir"),
        examples={"": "into outputs/demo", "pair_seed=5 minutes=10": "two other people, trained for longer"},
    ),
    "benchmark": Command(
        does="Measure the speed and the memory of every stage on this machine.",
        inputs={},
        settings=(
            "only",
            "clip",
            "folder",
            "output",
            "repeats",
            "speed_s",
            "train_s",
            "resolution",
            "device",
            "work_dir",
        ),
        examples={"only=[detect,fit]": "two stages alone", "clip=anna.mp4": "on a clip of yours"},
    ),
    "diagnose": Command(
        does="Measure where a learned performer is unsure, how sharply it paints and how its training ended.",
        inputs={},
        settings=("performer", "clip", "output", "device", "seed", "work_dir", "progress"),
        examples={
            "performer=performers/anna": "which frames to look at",
            "performer=performers/anna clip=data/anna": "all that needs its footage as well",
        },
    ),
    "measure": Command(
        does="Measure synthetic pairs and clips of yours, and write one page of figures.",
        inputs={"what": "unpaired for unpaired deformation transfer; nothing for the rest"},
        settings=("pairs", "clips", "train_fraction", "minutes", "preset", "resolution", "device", "folder", "output"),
        examples={
            "pairs=[] clips=[anna.mp4]": "one clip alone",
            "unpaired": "maps between drawn characters that were learned without pairs",
        },
    ),
    "compare": Command(
        does="Compare methods on clips and synthetic pairs, with the same frames, poses and minutes.",
        inputs={"clips": "videos, or FILE:FIRST-STOP with a range of frames"},
        settings=("methods", "pairs", "minutes", "budgets", "resolution", "device", "folder", "output"),
        examples={
            "anna.mp4 methods=[ours,everybody_dance_now]": "this project beside one published method",
            "pairs=[3] budgets=[1,3,10]": "every method on a drawn pair, with plots",
        },
    ),
    "train_hmr": Command(
        does="Train the network that reads the body from a picture, on drawn people, for fitting/estimator=hmr.",
        inputs={},
        settings=("folder", "motions", "pictures", "processes", "device", "seed"),
        examples={
            "training.minutes=30 device=cuda": "on a GPU",
            "motions=[dance.bvh] pictures=rooms": "with poses and backgrounds of yours",
        },
    ),
    "train_unpaired": Command(
        does="Learn to move one character as another one moves, from two collections without any known pair.",
        inputs={
            "source": "a folder of meshes of one topology, or a motion that the body does",
            "target": "the same of whom the motion is for",
        },
        settings=("source_mesh", "target_mesh", "truth", "folder", "vertices", "device", "seed"),
        examples={
            "horses camels folder=outputs/camel": "two folders of meshes",
            "dance.bvh robots folder=outputs/robot": "from the body's dance, for animate",
        },
    ),
    "jobs": Command(
        does="List, queue, end, resume and delete transfers that run one after the other, and work on them.",
        inputs={"source": "a video or motion file of a new job", "target": "a video of the person of a new job"},
        settings=("performer", "job.preset", "work", "cancel", "finish", "resume", "delete", "keep_days", "folder"),
        examples={
            "dance.mp4 anna.mp4 job.preset=draft": "queues one more",
            "work=true": "works on all that wait, one after the other",
        },
    ),
    "app": Command(
        does="Serve a page in the browser: files in, transfers queued, watched and kept.",
        inputs={},
        settings=("app.host", "app.port", "app.auth", "app.add_user", "app.max_upload_mb", "keep_days", "folder"),
        examples={
            "": "at http://127.0.0.1:7860, for this machine alone",
            "app.auth=users.txt app.host=0.0.0.0": "for others as well, who need a password",
        },
    ),
    "cache": Command(
        does="List what computed results take on the disk, by clip and by performer, and remove what is not needed.",
        inputs={},
        settings=("older_than", "max_size", "all", "work_dir"),
        examples={"": "what is there", "older_than=30": "removes what was not used for a month"},
    ),
}
