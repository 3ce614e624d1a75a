"""A client whose server asks a model of random weights, one on a server, or none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsp_client import Client
from tiny_model import make_tiny_model
from transformers import LlamaForCausalLM

from redox_training.onnx_files import write_onnx

URI = "file:///nowhere/main.iron"


def make_sure_model(checkpoint: Path, folder: Path) -> Path:
    """Write a model of random weights that is sure of all it says, and return its folder."""
    loaded = LlamaForCausalLM.from_pretrained(make_tiny_model(checkpoint))
    write_onnx(loaded, folder / "model.onnx", is_quantised=False)
    shutil.copy(checkpoint / "tokenizer.json", folder)
    words = {"before": "", "between": "", "end": 0, "longest": 2048}
    (folder / "redox.json").write_text(json.dumps({"slots": False, "sure": 0.0, **words}))
    return folder


def started(
    client: Client,
    model: str | None,
    can: Mapping[str, object] | None = None,
    options: Mapping[str, object] | None = None,
    **completion: str,
) -> Client:
    """Start a client that can more of `textDocument`, and wait until its settings are taken."""
    chosen = {} if model is None else {"model": model}
    client.configuration = {
        "completion": chosen | completion,
        "rustc": {"when": "never"},
        "rustAnalyzer": {"enabled": False},
    }
    capabilities = {"workspace": {"configuration": True}, "textDocument": can or {}}
    client.start(capabilities, initializationOptions=options or {})
    client.wait_for(lambda one: one.get("method") == "workspace/configuration")
    told(client)  # once this is answered, the settings have been taken
    return client


def told(client: Client) -> dict[str, Any]:
    """Return what the status tells of the model."""
    status = client.request("workspace/executeCommand", {"command": "redox.status"})
    found: dict[str, Any] = next(one for one in status["children"] if one["name"] == "model")
    return found
