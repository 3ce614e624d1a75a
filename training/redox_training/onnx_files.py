"""A Llama written as a graph of ONNX, its matrices as 8-bit whole numbers: the door to onnx.

The graph takes tokens and what the layers remember of those before, so that each further token
costs one step. It is written out here, layer by layer, rather than traced: one text to read, and
the same bytes each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from redox.files import BadInputError

OPSET = 18
HIDDEN = -1e9
"""What is added to the score of a token that may not be looked at."""

Array = np.ndarray[Any, Any]


def write_onnx(model: Any, path: Path, *, is_quantised: bool) -> None:
    """Write a model's graph; raises `BadInputError` for one that is no plain Llama.

    Inputs are `tokens` (1, new) and `keys_0`, `values_0`, ... (1, heads, before, size); outputs
    are `logits` (1, new, vocabulary) and `new_keys_0`, ... (1, heads, before + new, size).
    """
    config = model.config
    if config.model_type != "llama" or config.rope_parameters.get("rope_type") != "default":
        raise BadInputError(f"a model of the kind {config.model_type!a} can't be ONNX yet: llama")
    graph = _Graph(config)
    graph.write(model)
    made = graph.finished()
    onnx.checker.check_model(made)
    if not is_quantised:
        onnx.save(made, path)
        return
    plain = path.with_suffix(".float.onnx")
    onnx.save(made, plain)
    quantize_dynamic(plain, path, weight_type=QuantType.QInt8, per_channel=True)
    plain.unlink()


class _Graph:
    """Nodes and weights as they are added; each method returns the name of what it computes."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []
        self._inputs = [helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "new"])]
        self._outputs = [
            helper.make_tensor_value_info(
                "logits", TensorProto.FLOAT, [1, "new", config.vocab_size]
            )
        ]
        self._size = config.head_dim or config.hidden_size // config.num_attention_heads
        for layer in range(config.num_hidden_layers):
            for kind in ("keys", "values"):
                for names, prefix, length in (
                    (self._inputs, "", "before"),
                    (self._outputs, "new_", "all"),
                ):
                    shape = [1, config.num_key_value_heads, length, self._size]
                    name = f"{prefix}{kind}_{layer}"
                    names.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def finished(self) -> onnx.ModelProto:
        """Return the whole model."""
        graph = helper.make_graph(
            self._nodes, "llama", self._inputs, self._outputs, initializer=self._weights
        )
        return helper.make_model(
            graph, producer_name="redox", opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=10,
        )  # fmt: skip

    def write(self, model: Any) -> None:
        """Add all of a model."""
        weights = {
            name: one.detach().to("cpu", torch.float32).numpy()
            for name, one in model.state_dict().items()
        }
        embedding = weights["model.embed_tokens.weight"]
        rows = self._weight("embedding", embedding)
        hidden = self._add("Gather", rows, "tokens")
        turns, mask = self._positions()
        for layer in range(self._config.num_hidden_layers):
            own = {
                name.removeprefix(f"model.layers.{layer}."): one
                for name, one in weights.items()
                if name.startswith(f"model.layers.{layer}.")
            }
            hidden = self._attention(hidden, own, layer, turns, mask)
            hidden = self._feed_forward(hidden, own)
        hidden = self._norm(hidden, weights["model.norm.weight"])
        head = embedding if self._config.tie_word_embeddings else weights["lm_head.weight"]
        self._add("MatMul", hidden, self._weight("head", head.T), output="logits")

    def _positions(self) -> tuple[tuple[str, str], str]:
        """Add what depends on places alone: cosines and sines of turns, and the mask."""
        zero, one = self._number(0), self._number(1)
        before = self._gather(self._add("Shape", "keys_0"), 2)
        new = self._gather(self._add("Shape", "tokens"), 1)
        every = self._add("Add", before, new)
        own = self._add("Range", before, every, one)
        column = self._add("Unsqueeze", own, self._numbers([1]))
        base = float(self._config.rope_parameters["rope_theta"])
        steps = base ** (-np.arange(0, self._size, 2, dtype=np.float64) / self._size)
        pace = self._weight("pace", np.concatenate([steps, steps]).astype(np.float32)[None])
        angles = self._add("Mul", self._add("Cast", column, to=TensorProto.FLOAT), pace)
        others = self._add("Unsqueeze", self._add("Range", zero, every, one), self._numbers([0]))
        is_later = self._add("Greater", others, column)
        mask = self._add("Where", is_later, self._float(HIDDEN), self._float(0.0))
        return (self._add("Cos", angles), self._add("Sin", angles)), mask

    def _attention(
        self, hidden: str, own: dict[str, Array], layer: int, turns: tuple[str, str], mask: str
    ) -> str:
        heads, groups = self._config.num_attention_heads, self._config.num_key_value_heads
        seen = self._norm(hidden, own["input_layernorm.weight"])
        asked = self._turned(self._heads(seen, own["self_attn.q_proj.weight"], heads), turns)
        keys = self._turned(self._heads(seen, own["self_attn.k_proj.weight"], groups), turns)
        values = self._heads(seen, own["self_attn.v_proj.weight"], groups)
        keys = self._add("Concat", f"keys_{layer}", keys, axis=2, output=f"new_keys_{layer}")
        values = self._add(
            "Concat", f"values_{layer}", values, axis=2, output=f"new_values_{layer}"
        )
        keys, values = self._repeated(keys), self._repeated(values)
        scores = self._add("MatMul", asked, self._add("Transpose", keys, perm=[0, 1, 3, 2]))
        scores = self._add("Mul", scores, self._float(self._size**-0.5))
        looked = self._add("Softmax", self._add("Add", scores, mask), axis=-1)
        found = self._add("Transpose", self._add("MatMul", looked, values), perm=[0, 2, 1, 3])
        joined = self._add("Reshape", found, self._numbers([1, -1, heads * self._size]))
        return self._add("Add", hidden, self._times(joined, own["self_attn.o_proj.weight"]))

    def _feed_forward(self, hidden: str, own: dict[str, Array]) -> str:
        seen = self._norm(hidden, own["post_attention_layernorm.weight"])
        gate = self._times(seen, own["mlp.gate_proj.weight"])
        gate = self._add("Mul", gate, self._add("Sigmoid", gate))
        wide = self._add("Mul", gate, self._times(seen, own["mlp.up_proj.weight"]))
        return self._add("Add", hidden, self._times(wide, own["mlp.down_proj.weight"]))

    def _norm(self, hidden: str, weights: Array) -> str:
        squares = self._add("ReduceMean", self._add("Mul", hidden, hidden), self._numbers([-1]))
        length = self._add(
            "Sqrt", self._add("Add", squares, self._float(self._config.rms_norm_eps))
        )
        return self._add("Mul", self._add("Div", hidden, length), self._weight("norm", weights))

    def _heads(self, hidden: str, weights: Array, count: int) -> str:
        """Return (1, count, new, size)."""
        parted = self._add(
            "Reshape", self._times(hidden, weights), self._numbers([1, -1, count, self._size])
        )
        return self._add("Transpose", parted, perm=[0, 2, 1, 3])

    def _turned(self, vectors: str, turns: tuple[str, str]) -> str:
        """Turn each pair of a vector's halves by its place."""
        half, axis = self._size // 2, self._numbers([3])
        first = self._add("Slice", vectors, self._numbers([0]), self._numbers([half]), axis)
        second = self._add(
            "Slice", vectors, self._numbers([half]), self._numbers([self._size]), axis
        )
        crossed = self._add("Concat", self._add("Neg", second), first, axis=3)
        return self._add(
            "Add", self._add("Mul", vectors, turns[0]), self._add("Mul", crossed, turns[1])
        )

    def _repeated(self, vectors: str) -> str:
        """Give each head that asks its own keys or values: (1, heads, all, size)."""
        heads, groups = self._config.num_attention_heads, self._config.num_key_value_heads
        apart = self._add("Unsqueeze", vectors, self._numbers([2]))
        copies = self._add("Expand", apart, self._numbers([1, groups, heads // groups, 1, 1]))
        return self._add("Reshape", copies, self._numbers([1, heads, -1, self._size]))

    # ---- what graphs are made of ----

    def _add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def _times(self, hidden: str, weights: Array) -> str:
        return self._add("MatMul", hidden, self._weight("matrix", weights.T))

    def _weight(self, label: str, values: Array) -> str:
        name = f"{label}_{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _numbers(self, values: Sequence[int]) -> str:
        return self._weight("shape", np.array(values, np.int64))

    def _number(self, value: int) -> str:
        return self._weight("number", np.array(value, np.int64))

    def _float(self, value: float) -> str:
        return self._weight("float", np.array(value, np.float32))

    def _gather(self, shape: str, at: int) -> str:
        return self._add("Gather", shape, self._number(at))
