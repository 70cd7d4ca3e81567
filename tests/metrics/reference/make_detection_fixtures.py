#!/usr/bin/env python3
"""Generates detection3d fixtures and their expected numbers.

Needs `pip install cityscapesscripts` (2.3.0 was used), which is run as it is and of which nothing is
copied. Usage: make_detection_fixtures.py OUT IMAGES SEED; writes OUT/gtBbox3d, OUT/boxes and
OUT/expected_{amodal,modal}.json, the official evaluator's own result files.
"""
import contextlib
import io
import json
import math
import os
import random
import sys


def euler_to_quaternion(roll, pitch, yaw):
    """w, x, y, z of a rotation about z, then y, then x."""
    cr, sr = math.cos(roll / 2), math.sin(roll / 2)
    cp, sp = math.cos(pitch / 2), math.sin(pitch / 2)
    cy, sy = math.cos(yaw / 2), math.sin(yaw / 2)
    return [cr * cp * cy + sr * sp * sy, sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy, cr * cp * sy - sr * sp * cy]


def rotation(quaternion):
    w, x, y, z = quaternion
    return [[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]]


LABELS = ["car", "truck", "bus", "train", "motorcycle", "bicycle"]
SIZES = {"car": (4.4, 1.8, 1.5), "truck": (8, 2.5, 3.2), "bus": (12, 2.5, 3.2),
         "train": (25, 2.7, 3.6), "motorcycle": (2.1, .8, 1.5), "bicycle": (1.8, .6, 1.5), "caravan": (6, 2.3, 2.6)}


def camera(rng):
    r = rotation(euler_to_quaternion(rng.gauss(0, .01), rng.gauss(.03, .01), rng.gauss(0, .02)))
    t = [-1.7 + rng.gauss(0, .05), -.1, -1.2]
    return {"sensor_T_ISO_8855": [r[i] + [t[i]] for i in range(3)],
            "fx": 2262.52 + rng.gauss(0, 5), "fy": 2265.3, "u0": 1096.98, "v0": 513.137,
            "baseline": .209313}


def project(box, sensor):
    """2D extent, roughly: the truth's amodal box only has to lie near the predictions'."""
    r, t = rotation(box["rotation"]), sensor["sensor_T_ISO_8855"]
    us, vs = [], []
    for sx in (-.5, .5):
        for sy in (-.5, .5):
            for sz in (-.5, .5):
                d = [s * n for s, n in zip((sx, sy, sz), box["dimensions"])]
                p = [sum(r[i][j] * d[j] for j in range(3)) + box["center"][i] for i in range(3)]
                c = [sum(t[i][j] * p[j] for j in range(3)) + t[i][3] for i in range(3)]
                depth = max(c[0], .1)
                us.append(min(max(sensor["fx"] * -c[1] / depth + sensor["u0"], 0), 2047))
                vs.append(min(max(sensor["fy"] * -c[2] / depth + sensor["v0"], 0), 1023))
    x, y = round(min(us)), round(min(vs))
    return [x, y, round(max(us)) - x, round(max(vs)) - y]


def box(rng, label):
    x = rng.choice([rng.uniform(4, 60), rng.uniform(10, 130), rng.uniform(.5, 8)])
    return {"center": [x, rng.gauss(0, .25 * x + 2), rng.uniform(.5, 1.3)],
            "dimensions": [n * math.exp(rng.gauss(0, .1)) for n in SIZES[label]],
            "rotation": euler_to_quaternion(rng.gauss(0, .02), rng.gauss(0, .02),
                                            rng.uniform(-math.pi, math.pi))}


def moved(rng, truth, amount):
    out = json.loads(json.dumps(truth))
    out["center"] = [c + rng.gauss(0, amount * s) for c, s in zip(truth["center"], (.8, .3, .1))]
    out["dimensions"] = [d * math.exp(rng.gauss(0, .1 * amount)) for d in truth["dimensions"]]
    q = [c + rng.gauss(0, .02 * amount) for c in truth["rotation"]]
    norm = math.sqrt(sum(c * c for c in q))
    out["rotation"] = [c / norm * rng.choice([1, 1, 1.7, -1]) for c in q]
    return out


def shrunk(rng, b):
    cut = rng.choice([0, 0, .1, .3])
    return [b[0] + round(b[2] * cut), b[1], b[2] - round(b[2] * cut), b[3]]


def make(out, images, seed):
    rng = random.Random(seed)
    for index in range(images):
        city = rng.choice(["aachen", "bonn"])
        stem = f"{city}_{index // 7:06d}_{index % 7:06d}"
        sensor = camera(rng)
        objects, predictions, ignore = [], [], []
        for k in range(rng.randint(0, 14)):
            label = rng.choices(LABELS + ["caravan"], [10, 2, 2, 1, 3, 5, 1])[0]
            b = box(rng, label)
            amodal = project(b, sensor)
            objects.append({"2d": {"amodal": amodal, "modal": shrunk(rng, amodal)}, "3d": b,
                            "label": label, "score": 1.0, "instanceId": 26000 + k,
                            "occlusion": .1, "truncation": 0.0})
            for _ in range(rng.choices([0, 1, 2], [2, 8, 2])[0]):
                p = moved(rng, b, rng.choice([.05, .3, 1, 3]))
                score = rng.choice([rng.random(), round(rng.random(), 1), .7, 1.0, 1.3, -.1])
                entry = {"2d": {"amodal": project(p, sensor)}, "3d": p,
                         "label": label if rng.random() < .9 else rng.choice(LABELS), "score": score}
                if rng.random() < .6:
                    entry["2d"]["modal"] = shrunk(rng, entry["2d"]["amodal"])
                if rng.random() < .1:
                    a = entry["2d"].pop("amodal")
                    entry["2d"] = {"bbox": a, "bboxVis": entry["2d"].get("modal", a)}
                predictions.append(entry)
        for _ in range(rng.randint(0, 5)):
            label = rng.choice(LABELS)
            p = box(rng, label)
            predictions.append({"2d": {"amodal": project(p, sensor)}, "3d": p, "label": label,
                                "score": rng.random()})
            if rng.random() < .5:
                x, y, w, h = predictions[-1]["2d"]["amodal"]
                ignore.append({"2d": [x - 5, y - 5, w + 20, round(h * rng.uniform(.6, 1.2))],
                               "label": "car", "instanceId": 26000})
        if predictions and rng.random() < .3:
            broken = json.loads(json.dumps(predictions[0]))
            rng.choice([lambda: broken.pop("score"), lambda: broken.pop("label"),
                        lambda: broken["3d"].pop("rotation"), lambda: broken.pop("2d")])()
            predictions.append(broken)
        rng.shuffle(predictions)
        for kind, suffix, content in (
                ("gtBbox3d", "gtBbox3d", {"imgWidth": 2048, "imgHeight": 1024, "sensor": sensor,
                                       "objects": objects, "ignore": ignore}),
                ("boxes", "pred", {"objects": predictions})):
            folder = os.path.join(out, kind, city)
            os.makedirs(folder, exist_ok=True)
            if kind == "boxes" and index % 11 == 10:
                continue  # a missing file counts as empty
            with open(os.path.join(folder, f"{stem}_{suffix}.json"), "w") as f:
                json.dump(content, f)


def official(out, matching, result_folder):
    from cityscapesscripts.evaluation.evalObjectDetection3d import evaluate3dObjectDetection
    from cityscapesscripts.evaluation.objectDetectionHelpers import EvaluationParameters
    from cityscapesscripts.evaluation import objectDetectionHelpers as helpers
    method = helpers.MATCHING_AMODAL if matching == "amodal" else helpers.MATCHING_MODAL
    parameters = EvaluationParameters(labels_to_evaluate=LABELS, matching_method=method)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluate3dObjectDetection(gt_folder=os.path.join(out, "gtBbox3d"),
                                  pred_folder=os.path.join(out, "boxes"),
                                  result_folder=result_folder, eval_params=parameters, plot=False)
    os.replace(os.path.join(result_folder, "results.json"),
               os.path.join(out, f"expected_{matching}.json"))


if __name__ == "__main__":
    target, count, start = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    make(target, count, start)
    for name in ("amodal", "modal"):
        official(target, name, target)
