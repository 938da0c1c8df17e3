"""What speaks against a clip as source or as target, in words that say how to film it better."""

from collections.abc import Iterator

from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.evaluation.clip_facts import FLAT_DEG, TRUNK, PersonFacts, facts_of
from motion_transfer.references.shortfalls import never_shown

SOURCE, TARGET = "source", "target"
BOTH = f"{SOURCE} and {TARGET}"
SMALL, FEW_PX = 0.25, 200  # of the picture's height, and pixels: a smaller person has little to paint from
ABSENT = 0.1  # of the frames
MISSING = 0.2  # of the frames that show the person
UPRIGHT_DEG = 45.0  # a trunk that leans farther lies
LEANING_DEG, LEANING = (12.0, 45.0), 0.85  # of the trunk to one side, and of the frames: nobody stands so for long
NARROW = 0.8  # of a person's width over the trunk's length; footage as it was filmed has 0.94 to 1.05
LYING = 0.6  # of the frames: people lie and stand on their hands for shorter than that
STILL = 0.03  # of the person's height
SHORT_S, SHORTEST_S = 10.0, 1.0
DARK, BRIGHT = 45.0, 225.0  # mean level of the person's surroundings, of 255
BLURRED, BLURRED_SHARE = 0.62, 0.4  # of the measure of Crete et al. 2007, and of the frames
SWAYING, MOVING = 0.004, 0.15  # of the picture's longer side
PARTS_BELOW = {"head": "the head", "hands": "the hands", "legs": "the legs", "feet": "the feet"}


@value
class PictureFacts:
    """Of the pictures of a clip, whoever is in them.

    Attributes:
        level: mean brightness, of 255.
        blur: of the person in each frame that shows one: 0 for sharp edges everywhere, near 1 for none.
        sway: how far the camera moves, over the picture's longer side; infinite where it could not be followed.
        people: how many are seen in most frames.
        cuts_s: when another shot begins.
        small: whether enlarged parts show somebody, where the whole pictures show nobody.
    """

    level: float
    blur: tuple[float, ...]
    sway: float
    people: int
    cuts_s: tuple[float, ...]
    small: bool = False


@value
class ClipDiagnostic:
    """One line.

    Attributes:
        use: what the clip is worse for: `source`, `target` or both.
    """

    use: str
    sentence: str


def person_findings(person: PersonFacts, size: ImageSize, seconds: float) -> tuple[ClipDiagnostic, ...]:
    """What the landmarks alone tell."""
    return tuple(_of_person(person, size, seconds))


def picture_findings(pictures: PictureFacts, person: PersonFacts) -> tuple[ClipDiagnostic, ...]:
    """What the pictures tell beside it, and how often nobody is in them."""
    return tuple(_of_pictures(pictures, person))


def report_lines(detections: Detections, use: str) -> tuple[str, ...]:
    """What the landmarks of a whole clip tell of it as a source, or as a target; nothing where there is no trunk."""
    if not set(TRUNK) <= set(detections.layout.names):
        return ()
    seconds = len(detections.masks) / float(detections.fps)
    return lines_for(person_findings(facts_of(detections), detections.size, seconds), use)


def lines_for(findings: tuple[ClipDiagnostic, ...], use: str) -> tuple[str, ...]:
    """The sentences that concern a source, or a target."""
    return tuple(finding.sentence for finding in findings if use in finding.use)


def _of_person(person: PersonFacts, size: ImageSize, seconds: float) -> Iterator[ClipDiagnostic]:
    if not person.seen:
        return
    pixels = person.height * size.height
    if person.height < SMALL:
        sentence = f"the person is {100 * person.height:.0f} % of the picture's height: too small, crop to the person"
        yield ClipDiagnostic(use=BOTH, sentence=sentence)
    elif pixels < FEW_PX:
        yield ClipDiagnostic(use=TARGET, sentence=f"the person is only {pixels:.0f} pixels tall; film larger or closer")
    for degrees, words in ((180, "head down"), (90, "lying to the right"), (270, "lying to the left")):
        turned = (person.up_deg - degrees + 180) % 360 - 180
        if float((turned.abs() < UPRIGHT_DEG).float().mean()) > LYING:
            remedy = f"if the clip is turned, add rotate={(360 - degrees) % 360}"
            yield ClipDiagnostic(use=BOTH, sentence=f"the person is {words} in most frames; {remedy}")
    yield from _tilted(person)
    if person.width < NARROW:
        sentence = f"the person is {100 * person.width:.0f} % as wide as people are; if the clip is squeezed, widen it"
        yield ClipDiagnostic(use=BOTH, sentence=sentence)
    for part, words in PARTS_BELOW.items():
        share = person.missing[part]
        if share > MISSING and not (part == "feet" and person.missing["legs"] > MISSING):
            sentence = f"{words} are not seen in {100 * share:.0f} % of the frames; film from head to toe"
            yield ClipDiagnostic(use=BOTH, sentence=sentence.replace("the head are", "the head is"))
    if person.spread < STILL:
        yield ClipDiagnostic(use=TARGET, sentence="the person hardly moves; more poses show more to paint from")
    if seconds < SHORTEST_S:
        yield ClipDiagnostic(
            use=TARGET, sentence=f"{seconds:.1f} s is too short to learn from; film a second at the least"
        )
    elif seconds < SHORT_S:
        yield ClipDiagnostic(use=TARGET, sentence=f"{seconds:.1f} s is short; half a minute of many poses shows more")


def _tilted(person: PersonFacts) -> Iterator[ClipDiagnostic]:
    """A camera that was not level: seen from the front or from behind, the person leans to one side all the time."""
    least, most = LEANING_DEG
    flat = (person.turned_deg.abs() - 90).abs() > 90 - FLAT_DEG
    if not len(flat) or float(flat.float().mean()) < LEANING:
        return
    lean = (person.up_deg[flat] + 180) % 360 - 180
    for side, words in ((1, "right"), (-1, "left")):
        leaning = (side * lean > least) & (side * lean < most)
        if float(leaning.float().mean()) > LEANING:
            degrees = float(lean[leaning].abs().median())
            remedy = "if the camera was not level, straighten the clip"
            sentence = f"the person leans {degrees:.0f} degrees to the {words} in nearly all frames; {remedy}"
            yield ClipDiagnostic(use=BOTH, sentence=sentence)


def _of_pictures(pictures: PictureFacts, person: PersonFacts) -> Iterator[ClipDiagnostic]:
    if not person.seen:
        remedy = "the person is too small, crop to the person" if pictures.small else "use a clip that shows one person"
        yield ClipDiagnostic(use=BOTH, sentence=f"nobody was found; {remedy}")
        return
    if person.seen < 1 - ABSENT:
        sentence = f"nobody was found in {100 * (1 - person.seen):.0f} % of the frames; cut the clip to the person"
        yield ClipDiagnostic(use=BOTH, sentence=sentence)
    if pictures.people > 1:
        yield ClipDiagnostic(
            use=BOTH,
            sentence=f"{pictures.people} people were seen; the largest one is followed, unless person=x,y says whom",
        )
    if pictures.level < DARK:
        yield ClipDiagnostic(use=BOTH, sentence="the picture is dark; more light helps")
    if pictures.level > BRIGHT:
        yield ClipDiagnostic(use=BOTH, sentence="the picture is overexposed; less light helps")
    blurred = sum(blur > BLURRED for blur in pictures.blur)
    if blurred > BLURRED_SHARE * len(pictures.blur):
        sentence = f"the person is blurred in {100 * blurred / len(pictures.blur):.0f} % of the frames"
        yield ClipDiagnostic(use=TARGET, sentence=f"{sentence}; more light and a steady focus help")
    if pictures.sway > MOVING:
        yield ClipDiagnostic(use=BOTH, sentence="the camera moves too far to be held still; film from a tripod")
    elif pictures.sway > SWAYING:
        sentence = (
            f"the camera sways by {100 * pictures.sway:.1f} % of the picture, which is undone; a tripod is better"
        )
        yield ClipDiagnostic(use=TARGET, sentence=sentence)
    if pictures.cuts_s:
        times = ", ".join(f"{cut:.1f}" for cut in pictures.cuts_s[:5])
        yield ClipDiagnostic(use=BOTH, sentence=f"another shot begins at {times} s; one uncut shot is best")
    missing = never_shown(person.turned_deg)
    if missing is not None:
        yield ClipDiagnostic(use=TARGET, sentence=missing)
