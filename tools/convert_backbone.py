"""Turn MobileNetV2 from a TensorFlow Lite file into weights that a recipe can name.

    python tools/convert_backbone.py mobilenet_v2_1.0_224_ptq.tflite mobilenet_v2.safetensors

The classifier keeps the 1,000 classes of ImageNet; the file's first, "background", is dropped.
Needs tflite, see tools/bundled_model/requirements.txt.
"""

from __future__ import annotations

import sys
from pathlib import Path

from safetensors.torch import save_file

from bundled_model.backbone import load_backbone
from visavis.training.towers.backbones import MobileNetBackbone


def main(source: str, target: str) -> None:
    network, classifier = load_backbone(Path(source))
    backbone = MobileNetBackbone()
    weights = {f"features.{name}": value for name, value in network.state_dict().items()}
    weights["classifier.weight"] = classifier.weight.data[1:].contiguous()
    weights["classifier.bias"] = classifier.bias.data[1:].contiguous()
    backbone.network.load_state_dict(weights)
    save_file(weights, target)
    print(f"{target}: {backbone.id}")


if __name__ == "__main__":
    main(*sys.argv[1:])
