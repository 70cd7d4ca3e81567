#!/usr/bin/env python3
"""Generates Cityscapes label fixtures and their expected result file.

Needs `pip install cityscapesscripts` (2.3.0 was used), which is run as it is and of which nothing is
copied. Usage: make_cityscapes_fixtures.py OUT IMAGES SEED; writes OUT/gtFine, OUT/labels and
OUT/expected_cityscapes.json, the official evaluator's own result file without its per-image part.
"""
import contextlib
import glob
import io
import json
import os
import sys

import numpy as np
from PIL import Image


def blocks(rng, height, width, choices):
    small = rng.choice(choices, size=(height // 4, width // 4))
    return np.kron(small, np.ones((4, 4), dtype=small.dtype))


def make(out, images, seed):
    rng = np.random.default_rng(seed)
    for index in range(images):
        city = ["aachen", "bonn"][index % 2]
        stem = f"{city}_{index:06d}_000019"
        height, width = 24 + 8 * (index % 3), 64
        # Class 16 (tunnel) is void; terrain (22) and train (31) never occur in the truth.
        truth = blocks(rng, height, width, [0, 3, 7, 7, 8, 11, 12, 16, 17, 20, 21, 23, 24, 25, 26, 28, 29,
                                            32, 33])
        instances = truth.astype(np.int32)
        for label in (24, 25, 26, 28, 29, 32, 33):
            number = blocks(rng, height, width, [0, 1, 2]).astype(np.int32)
            is_group = rng.random(truth.shape) < .05
            instances = np.where((truth == label) & ~is_group, label * 1000 + number, instances)
        noise = blocks(rng, height, width, list(range(0, 34)))
        prediction = np.where(rng.random(truth.shape) < .7, truth, noise)
        for kind, name, array in (("gtFine", "gtFine_labelIds", truth.astype(np.uint8)),
                                  ("gtFine", "gtFine_instanceIds", instances.astype(np.uint16)),
                                  ("labels", "predicted", prediction.astype(np.uint8))):
            folder = os.path.join(out, kind, city)
            os.makedirs(folder, exist_ok=True)
            Image.fromarray(array).save(os.path.join(folder, f"{stem}_{name}.png"))


def official(out):
    if not hasattr(np, "in1d"):  # the old name, which NumPy dropped and the package still uses
        np.in1d = lambda a, b: np.isin(np.ravel(a), b)
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as evaluator
    evaluator.args.predictionPath = os.path.join(out, "labels")
    evaluator.args.predictionWalk = None
    evaluator.args.exportFile = os.path.join(out, "expected_cityscapes.json")
    evaluator.args.quiet = True
    truth = sorted(glob.glob(os.path.join(out, "gtFine", "*", "*_gtFine_labelIds.png")))
    predictions = [evaluator.getPrediction(evaluator.args, t) for t in truth]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluator.evaluateImgLists(predictions, truth, evaluator.args)
    with open(evaluator.args.exportFile) as f:
        result = json.load(f)
    result.pop("perImageScores", None)
    text = json.dumps(result).replace("NaN", "null")
    with open(evaluator.args.exportFile, "w") as f:
        f.write(text)


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    official(sys.argv[1])
