"""A network of mediapipe's wheel, run by mediapipe's own interpreter: a square picture -> its output numbers.

OpenCV reads the same files, but takes two to four times as long for hands and gives other coordinates in metres.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame
from motion_transfer.landmarks.mediapipe_solution import mediapipe_solution
from motion_transfer.landmarks.silenced_stderr import silenced_stderr
from motion_transfer.landmarks.whole_import import import_whole

NetworkSession = Callable[[Frame], list[Float[np.ndarray, "number"]]]
OPTIONS = ("tensor.image_to_tensor", "tensor.inference", "core.split_vector")  # calculators whose options are set

GRAPH = """
input_stream: "picture"
{outputs}
node {{ calculator: "ImageToTensorCalculator" input_stream: "IMAGE:picture" output_stream: "TENSORS:input"
  options {{ [mediapipe.ImageToTensorCalculatorOptions.ext] {{
    output_tensor_width: {side} output_tensor_height: {side} output_tensor_float_range {{ min: 0 max: 1 }} }} }} }}
node {{ calculator: "InferenceCalculator" input_stream: "TENSORS:input" output_stream: "TENSORS:all"
  options {{ [mediapipe.InferenceCalculatorOptions.ext] {{
    model_path: "{path}" delegate {{ xnnpack {{ num_threads: 1 }} }} }} }} }}
node {{ calculator: "SplitTensorVectorCalculator" input_stream: "all" {parts}
  options {{ [mediapipe.SplitVectorCalculatorOptions.ext] {{ {ranges} }} }} }}
{floats}
"""
FLOATS = (
    'node {{ calculator: "TensorsToFloatsCalculator" '
    'input_stream: "TENSORS:part_{0}" output_stream: "FLOATS:output_{0}" }}'
)


@value
class MediapipeNetwork:
    """A network file of the wheel.

    Attributes:
        path: from the folder that holds the package mediapipe.
        side: of the picture that it reads, in pixels.
        outputs: how many tensors it gives.
    """

    path: str
    side: int
    outputs: int

    @contextlib.contextmanager
    def open(self) -> Iterator[NetworkSession]:
        """Open a session, which is called with one RGB picture of this side after another.

        Raises:
            ValueError: mediapipe is not installed.
        """
        with silenced_stderr():
            mediapipe_solution("pose", "faces and hands")
            for name in OPTIONS:
                import_whole(f"mediapipe.calculators.{name}_calculator_pb2")
            solution_base = import_whole("mediapipe.python.solution_base")
            names = [f"output_{index}" for index in range(self.outputs)]
            hints = dict.fromkeys(names, solution_base.PacketDataType.FLOAT_LIST)
            model = solution_base.SolutionBase(graph_config=self._graph(), stream_type_hints=hints)
        try:
            yield lambda picture: _outputs(model.process(picture), names)
        finally:
            model.close()

    def _graph(self) -> Any:
        calculator_pb2 = import_whole("mediapipe.framework.calculator_pb2")
        each = range(self.outputs)
        text = GRAPH.format(
            side=self.side,
            path=self.path,
            outputs=" ".join(f'output_stream: "output_{index}"' for index in each),
            parts=" ".join(f'output_stream: "part_{index}"' for index in each),
            ranges=" ".join(f"ranges: {{ begin: {index} end: {index + 1} }}" for index in each),
            floats="\n".join(FLOATS.format(index) for index in each),
        )
        return import_whole("google.protobuf.text_format").Parse(text, calculator_pb2.CalculatorGraphConfig())


def _outputs(result: Any, names: list[str]) -> list[Float[np.ndarray, "number"]]:
    return [np.array(getattr(result, name), np.float32) for name in names]
