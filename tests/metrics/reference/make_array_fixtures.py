#!/usr/bin/env python3
"""Generates array and boundary fixtures, and what NumPy, SciPy and scikit-image say about them.

Needs `pip install numpy scipy scikit-image pillow`. An independent reference: the formulas of the
metrics written down plainly, nothing shared with the C++ library. Usage: make_array_fixtures.py OUT.
Writes the arrays, the folders label_maps and boundaries, and expected.json: a list of command lines of
`evaluate` with the numbers that they must give.
"""
import json
import os
import sys

import numpy as np
from PIL import Image
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching
from skimage.morphology import thin

TINY = float(np.float32(1e-9))
CASES = []


def case(command, tolerance, **numbers):
    def plain(value):
        if isinstance(value, np.ndarray):
            return [plain(v) for v in value.tolist()]
        if isinstance(value, list):
            return [plain(v) for v in value]
        if value is None or isinstance(value, str):
            return value
        value = float(value)
        return None if not np.isfinite(value) else value
    CASES.append({"command": command, "tolerance": tolerance,
                  "expected": {k: plain(v) for k, v in numbers.items()}})


def quiet(f):
    def g(*a, **k):
        with np.errstate(all="ignore"):
            return f(*a, **k)
    return g


# ---- segmentation ---------------------------------------------------------------------------------
@quiet
def segmentation(truth, prediction, classes, absent_zero, poisoned=False):
    valid = truth != 255
    t, p = truth[valid], prediction[valid]
    tp = np.array([np.sum((t == c) & (p == c)) for c in range(classes)])
    fp = np.array([np.sum((t != c) & (p == c)) for c in range(classes)])
    fn = np.array([np.sum((t == c) & (p != c)) for c in range(classes)])
    iou = tp / (tp + fp + fn)
    if absent_zero:
        iou = np.nan_to_num(iou)
    mean = np.mean(iou) if poisoned else np.nanmean(iou)
    return dict(mIoU=mean, IoU=iou, pixel_accuracy=np.mean(t == p), tp=tp, fp=fp, fn=fn)


def make_segmentation(rng, out):
    truth = rng.choice([0, 1, 3, 255], size=(3, 9, 11), p=[.5, .2, .2, .1]).astype(np.uint8)
    prediction = np.where(rng.random(truth.shape) < .6, truth, rng.choice([0, 1, 2, 3, 7], size=truth.shape))
    np.save(f"{out}/labels.npy", truth)
    np.save(f"{out}/predicted_labels.npy", prediction.astype(np.float32)[:, None])  # other type and form
    files = "semseg --truth labels.npy --prediction predicted_labels.npy"
    for variant, zero, poisoned in (("official", False, False), ("taskprompter", True, False),
                                    ("absent_zero", True, False), ("absent_nan", False, True)):
        numbers = segmentation(truth, prediction, 5, zero, poisoned)
        case(f"{files} --classes 5 --variant {variant}", 1e-12, **numbers)

    parts = rng.choice([0, 1, 2, 5, 255], size=(5, 8, 8), p=[.5, .1, .2, .1, .1]).astype(np.int64)
    parts[1] = 0
    parts[2] = 255
    parts[3] = np.where(parts[3] == 255, 255, 0)
    guess = np.where(rng.random(parts.shape) < .6, parts, rng.integers(0, 7, size=parts.shape)) % 7
    np.save(f"{out}/parts.npy", parts[..., None])
    np.save(f"{out}/predicted_parts.npy", guess.astype(np.uint16))
    files = "human_parts --truth parts.npy --prediction predicted_parts.npy"
    for variant, images in (("taskprompter", [0, 4]), ("official", [0, 4]), ("astmt", [0, 3, 4]),
                            ("count_all_images", [0, 1, 2, 3, 4])):
        numbers = segmentation(parts[images], guess[images], 7, variant != "official")
        case(f"{files} --variant {variant}", 1e-12, **numbers)


# ---- depth ----------------------------------------------------------------------------------------
KEYS = ["rmse", "log_rmse", "abs_err", "abs_rel", "sq_rel", "silog", "delta1", "delta2", "delta3"]


@quiet
def depth_metrics(g, p):
    e = np.log(p) - np.log(g)
    ratio = np.maximum(g / p, p / g)
    return dict(rmse=np.sqrt(np.mean((g - p) ** 2)), log_rmse=np.sqrt(np.mean(e ** 2)),
                abs_err=np.mean(np.abs(g - p)), abs_rel=np.mean(np.abs(g - p) / g),
                sq_rel=np.mean((g - p) ** 2 / g),
                silog=np.sqrt(max(0, np.mean(e ** 2) - np.mean(e) ** 2)),
                delta1=np.mean(ratio < 1.25), delta2=np.mean(ratio < 1.25 ** 2),
                delta3=np.mean(ratio < 1.25 ** 3))


def only(numbers, keys, n):
    return {**{k: numbers[k] if k in keys else None for k in KEYS}, "n_valid": n}


def make_depth(rng, out):
    truth = np.exp(rng.normal(2.5, .8, size=(5, 10, 12))).astype(np.float32)
    truth[rng.random(truth.shape) < .1] = 0
    truth[rng.random(truth.shape) < .05] = -1
    truth[3] = np.where(rng.random(truth[3].shape) < .5, 0, 90)  # nothing between 0 and 80
    prediction = (np.abs(truth) * np.exp(rng.normal(0, .25, size=truth.shape)) + .01).astype(np.float64)
    prediction[rng.random(truth.shape) < .03] = 0
    prediction[rng.random(truth.shape) < .02] = -.5
    np.save(f"{out}/depth.npy", np.asfortranarray(truth))
    np.save(f"{out}/predicted_depth.npy", prediction)
    files = "depth --truth depth.npy --prediction predicted_depth.npy"
    g64, clamped = truth.astype(np.float64), np.where(prediction <= 0, TINY, prediction)
    for low, high, options in ((0, 80, ""), (5, 30, " --min 5 --max 30")):
        valid = (truth > low) & (truth < high)
        case(f"{files}{options}", 1e-9, **only(depth_metrics(g64[valid], clamped[valid]), KEYS, valid.sum()))
        each = [depth_metrics(g64[i][valid[i]], clamped[i][valid[i]]) for i in range(5) if valid[i].any()]
        mean = {k: np.mean([m[k] for m in each]) for k in KEYS}
        case(f"{files}{options} --variant per_image", 1e-9, **only(mean, KEYS, valid.sum()))
    reported = ["rmse", "log_rmse", "abs_rel", "sq_rel"]
    p32 = np.where(prediction.astype(np.float32) <= 0, np.float32(1e-9), prediction.astype(np.float32))
    g32 = np.where(truth <= 0, np.float32(1e-9), truth)
    for command, valid in (("taskprompter", (truth > 0) & (truth < 80)),
                           ("taskprompter_legacy --ignore -1", truth != -1)):
        numbers = depth_metrics(g32[valid].astype(np.float64), p32[valid].astype(np.float64))
        case(f"{files} --variant {command}", 1e-5, **only(numbers, reported, valid.sum()))
    # A truth below 0 has no logarithm: the survey's and ASTMT's log_rmse have no value then.
    valid = truth != 0
    numbers = depth_metrics(g64[valid], clamped[valid])
    case(f"{files} --variant survey", 1e-9, rmse=numbers["rmse"], abs_err=numbers["abs_err"],
         log_rmse=None, n_valid=valid.sum())
    astmt = np.where(g64 == 0, TINY, g64)
    rmse = [np.sqrt(np.mean((astmt[i] - clamped[i]) ** 2)) for i in range(5)]
    case(f"{files} --variant astmt", 1e-9, rmse=np.mean(rmse), log_rmse=None, abs_err=None, silog=None,
         n_valid=truth.size)
    error = np.abs(g64 - prediction)
    case(f"{files} --variant libmtl", 1e-9,
         **only(dict(abs_err=error[valid].mean(), abs_rel=(error[valid] / g64[valid]).mean()),
                ["abs_err", "abs_rel"], valid.sum()))
    batches = [slice(0, 2), slice(2, 4), slice(4, 5)]
    case(f'{files} --variant batch_mean(2)', 1e-9,
         **only(dict(abs_err=np.mean([error[b][valid[b]].mean() for b in batches]),
                     abs_rel=np.mean([(error[b][valid[b]] / g64[b][valid[b]]).mean() for b in batches])),
                ["abs_err", "abs_rel"], valid.sum()))
    positive = np.abs(truth) + np.float32(.5)
    np.save(f"{out}/positive_depth.npy", positive)
    each = [depth_metrics(positive[i].astype(np.float64), clamped[i]) for i in range(5)]
    case("depth --truth positive_depth.npy --prediction predicted_depth.npy --variant astmt", 1e-9,
         rmse=np.mean([m["rmse"] for m in each]), log_rmse=np.median([m["log_rmse"] for m in each]))


# ---- normals --------------------------------------------------------------------------------------
def unit(v):
    norm = np.linalg.norm(v, axis=-1, keepdims=True)
    return np.divide(v, norm, out=np.zeros_like(v), where=norm > 0)


def wide_angle(p, g):
    return np.degrees(2 * np.arctan2(np.linalg.norm(p - g, axis=-1), np.linalg.norm(p + g, axis=-1)))


def acos_angle(p, g):
    return np.degrees(np.arccos(np.clip(np.sum(p * g, -1), -1, 1)))


def angle_metrics(e):
    return {"mean": e.mean(), "median": np.median(e), "rmse": np.sqrt(np.mean(e ** 2)),
            "within_11.25": np.mean(e < 11.25), "within_22.5": np.mean(e < 22.5),
            "within_30": np.mean(e < 30), "n_valid": e.size}


def make_normals(rng, out):
    truth = unit(rng.normal(size=(4, 9, 10, 3)))
    prediction = truth + rng.normal(0, .35, size=truth.shape)
    prediction[rng.random(truth.shape[:3]) < .02] = 0
    truth[rng.random(truth.shape[:3]) < .08] = 0
    truth[rng.random(truth.shape[:3]) < .08] = 255
    truth[0, 0, 0] = [.5, -.5, 0]
    truth, prediction = truth.astype(np.float32), prediction.astype(np.float32)
    np.save(f"{out}/normals.npy", truth.transpose(0, 3, 1, 2))
    np.save(f"{out}/predicted_normals.npy", prediction)
    files = "normals --truth normals.npy --prediction predicted_normals.npy"
    g, p = truth.astype(np.float64), prediction.astype(np.float64)
    marked = (g == 255).any(-1)
    nonzero = np.linalg.norm(g, axis=-1) > 0
    e = wide_angle(unit(p), unit(g))[nonzero & ~marked]
    case(f"{files}", 1e-9, **angle_metrics(e))
    n = unit(unit(prediction) * np.float32(1) + 0)
    stored = (n + np.float32(1)) * np.float32(255) / np.float32(2)
    back = unit(np.float32(2) * stored / np.float32(255) - np.float32(1))
    e = wide_angle(back, unit(truth))[~marked]
    case(f"{files} --variant taskprompter", 1e-4, mean=e.astype(np.float64).mean(), median=None,
         rmse=None, within_30=None, n_valid=e.size)
    read = 2 * np.trunc((unit(p) + 1) * 255 / 2) / 255 - 1
    case(f"{files} --variant astmt", 1e-9, **angle_metrics(acos_angle(unit(read), unit(g))[nonzero]))
    valid = g.sum(-1) != 0
    e = acos_angle(unit(p), g)
    case(f"{files} --variant libmtl", 1e-9, **{**angle_metrics(e[valid]), "rmse": None})
    e = acos_angle(unit(p), unit(g))
    batches = [slice(0, 3), slice(3, 4)]
    case(f"{files} --variant mtan(3)", 1e-9, mean=np.mean([e[b][valid[b]].mean() for b in batches]),
         median=np.mean([np.median(e[b][valid[b]]) for b in batches]), n_valid=valid.sum())
    picture = rng.integers(0, 256, size=(6, 5, 3)).astype(np.uint8)
    picture[2, 2] = 127
    guess = rng.integers(0, 256, size=(6, 5, 3)).astype(np.uint8)
    np.save(f"{out}/normals_8bit.npy", picture)
    np.save(f"{out}/predicted_normals_8bit.npy", guess)
    e = wide_angle(unit(2.0 * guess / 255 - 1), unit(2.0 * picture / 255 - 1))
    e = np.delete(e.ravel(), 2 * 5 + 2)  # 127 in all channels is the zero vector: no label
    case("normals --truth normals_8bit.npy --prediction predicted_normals_8bit.npy", 1e-9, **angle_metrics(e))


# ---- saliency -------------------------------------------------------------------------------------
@quiet
def f_beta(p, r, beta2, guard=0.0):
    return np.nan_to_num((1 + beta2) * p * r / (beta2 * p + r + guard))


@quiet
def curve(value, g, valid, thresholds, strict, guard=0.0):
    p, r = [], []
    for t in thresholds:
        fires = (value > t) if strict else (value >= t)
        tp = np.sum(fires & (g == 1) & valid)
        p.append(tp / (np.sum(fires & valid) + guard))
        r.append(tp / (np.sum((g == 1) & valid) + guard))
    return np.nan_to_num(p), np.nan_to_num(r)


def make_saliency(rng, out):
    truth = rng.choice([0, 1, 255], size=(4, 12, 12), p=[.6, .3, .1]).astype(np.uint8)
    truth[2][truth[2] == 1] = 0
    truth[3] = 255
    p = np.clip(rng.normal(.3 + .4 * (truth == 1), .25), 0, 1).astype(np.float32)
    p[0, :3] = np.round(p[0, :3] * 20) / 20
    as_bytes = np.round(p * 255).astype(np.uint8)
    np.save(f"{out}/saliency.npy", truth)
    np.save(f"{out}/predicted_saliency.npy", p)
    np.save(f"{out}/predicted_saliency_8bit.npy", as_bytes)
    valid = truth != 255
    for name, prob, stored in (("predicted_saliency.npy", p.astype(np.float64), np.trunc(255 * p.astype(np.float64)) / 255),
                               ("predicted_saliency_8bit.npy", as_bytes / 255, as_bytes / 255)):
        files = f"saliency --truth saliency.npy --prediction {name}"
        mae = np.mean(np.abs(prob - (truth == 1))[valid])
        fine = np.arange(1, 256) / 255
        grid = (np.arange(1, 20) / 20).astype(np.float32)
        p32 = prob.astype(np.float32)
        twice = np.float32(1) / (np.float32(1) + np.exp(-(p32 * np.float32(255) / np.float32(255))))
        for variant, value, thresholds in (("classic", prob, fine), ("grid19", p32, grid),
                                           ("taskprompter", twice, grid), ("invpt", twice, grid)):
            f = f_beta(*curve(value, truth, valid, thresholds, False), .3)
            case(f"{files} --variant {variant}", 1e-5 if variant != "classic" else 1e-9, maxF=f.max(),
                 threshold=thresholds[np.argmax(f)], mae=mae)
        images = [i for i in range(4) if valid[i].any()]
        pairs = [curve(prob[i], truth[i], valid[i], fine, False) for i in images]
        f = f_beta(np.mean([a for a, _ in pairs], 0), np.mean([b for _, b in pairs], 0), .3)
        case(f"{files} --variant per_image", 1e-9, maxF=f.max(), threshold=fine[np.argmax(f)], mae=mae)
        coarse = np.linspace(.2, .9, 15)
        pairs = [curve(stored[i], truth[i], valid[i], coarse, True, 1e-12) for i in images]
        f = f_beta(np.mean([a for a, _ in pairs], 0), np.mean([b for _, b in pairs], 0), 1, 1e-12)
        case(f"{files} --variant astmt", 1e-9, maxF=f.max(), threshold=coarse[np.argmax(f)], mae=mae)


# ---- edges ----------------------------------------------------------------------------------------
def boundary(labels):
    out = np.zeros(labels.shape, bool)
    out[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    out[:-1] |= labels[:-1] != labels[1:]
    out[:-1, :-1] |= labels[:-1, :-1] != labels[1:, 1:]
    return out


def gradient(a, axis):
    return np.gradient(a, axis=axis)  # central differences halved, one-sided at the borders


def suppressed(edges):
    e = edges.astype(np.float32) / np.float32(255)
    h, w = e.shape
    kernel = np.array([1, 2, 3, 4, 5, 4, 3, 2, 1]) / 25
    s = np.pad(e.astype(np.float64), 4, mode="symmetric")
    s = np.apply_along_axis(lambda v: np.convolve(v, kernel, "valid"), 1, s)
    s = np.apply_along_axis(lambda v: np.convolve(v, kernel, "valid"), 0, s)
    ox, oy = gradient(s, 1), gradient(s, 0)
    oxx, oxy, oyy = gradient(ox, 1), gradient(ox, 0), gradient(oy, 0)
    o = np.mod(np.arctan(oyy * np.sign(-oxy) / (oxx + 1e-5)), np.pi)
    out = e.copy()
    for y in range(h):
        for x in range(w):
            for d in (1, -1):
                fx = min(max(x + d * np.cos(o[y, x]), 0), w - 1.001)
                fy = min(max(y + d * np.sin(o[y, x]), 0), h - 1.001)
                x0, y0 = int(fx), int(fy)
                a, b = fx - x0, fy - y0
                value = ((1 - a) * (1 - b) * e[y0, x0] + a * (1 - b) * e[y0, x0 + 1]
                         + (1 - a) * b * e[y0 + 1, x0] + a * b * e[y0 + 1, x0 + 1])
                if np.float64(1.01) * e[y, x] < value:
                    out[y, x] = 0
    s = min(5, w // 2, h // 2)
    for k in range(s):
        f = np.float32(k / s)
        out[k] *= f
        out[h - 1 - k] *= f
        out[:, k] *= f
        out[:, w - 1 - k] *= f
    return out


def pairs_within(prediction, truth, distance):
    p, t = np.argwhere(prediction), np.argwhere(truth)
    if not len(p) or not len(t):
        return 0
    near = ((p[:, None] - t[None]) ** 2).sum(-1) <= distance ** 2
    return int((maximum_bipartite_matching(csr_matrix(near), perm_type="column") >= 0).sum())


EPS = np.finfo(float).eps


def precision_recall(counts, seism):
    r, p = [], []
    for matched, truth, prediction in counts:
        if seism and truth == 0:
            r.append(1.0), p.append(0.0)
        elif seism and prediction == 0:
            r.append(0.0), p.append(1.0)
        else:
            r.append(matched / max(EPS, truth)), p.append(matched / max(EPS, prediction))
    return np.array(r), np.array(p)


def f1(r, p):
    return 2 * p * r / np.maximum(EPS, p + r)


def edge_score(images, thresholds, seism, blend):
    total = np.sum(images, 0)
    r, p = precision_recall(total, seism)
    t = np.array(thresholds)
    if blend:
        a = np.linspace(0, 1, 100)
        mix = [(1 - a) * v[:-1, None] + a * v[1:, None] for v in (r, p, t)]
        cr, cp, ct = (m.ravel() for m in mix)
    else:
        cr, cp, ct = r, p, t
    best = int(np.argmax(f1(cr, cp)))
    own = np.zeros(3, int)
    for counts in images:
        own += counts[int(np.argmax(f1(*precision_recall(counts, seism))))]
    orr, opp = precision_recall([own], seism)
    ur, first = np.unique(r, return_index=True)
    up = p[first]
    ap = 0.0
    if len(ur) > 1:
        at = np.arange(101) / 100.0
        inside = (at >= ur[0]) & (at <= ur[-1])
        ap = np.interp(at[inside], ur, up).sum() / 100
    return dict(odsF=f1(cr, cp)[best], odsT=ct[best], odsP=cp[best], odsR=cr[best], oisF=f1(orr, opp)[0],
                oisP=opp[0], oisR=orr[0], AP=ap)


def make_edges(rng, out):
    os.makedirs(f"{out}/label_maps", exist_ok=True)
    os.makedirs(f"{out}/boundaries", exist_ok=True)
    seism, pdollar = [], []
    fine = [.001] + [i / 100 for i in range(1, 100)] + [.999]
    coarse = [i / 100 for i in range(1, 100)]
    distance = .02
    for index, (h, w) in enumerate([(40, 52), (36, 44), (24, 30)]):
        y, x = np.mgrid[:h, :w]
        labels = np.zeros((h, w), np.uint8)
        for c in range(1, 5):
            cy, cx, r = rng.uniform(0, h), rng.uniform(0, w), rng.uniform(5, 14)
            labels[(y - cy) ** 2 + (x - cx) ** 2 < r * r] = c
        if index == 2:
            labels[:] = 3  # no boundary at all
        edge = boundary(labels).astype(float)
        for _ in range(2):
            padded = np.pad(edge, 1)
            edge = np.maximum(edge, sum(padded[a:a + h, b:b + w] for a in range(3) for b in range(3)) / 9 * 1.2)
        edge = np.clip(edge * rng.uniform(.4, 1) + rng.uniform(0, .25, size=edge.shape), 0, 1)
        image = (edge * 255).astype(np.uint8)
        Image.fromarray(labels).save(f"{out}/label_maps/{index:03d}.png")
        Image.fromarray(image).save(f"{out}/boundaries/{index:03d}.png")
        d = distance * np.hypot(h, w)
        truth = thin(boundary(labels))
        e = suppressed(image)
        rows = []
        for t in fine:
            binary = thin(e > np.float32(t))
            rows.append((pairs_within(binary, truth, d), truth.sum(), binary.sum()))
        seism.append(np.array(rows))
        rows = []
        truth = labels > 0
        for t in coarse:
            binary = thin(image / 255 >= max(EPS, t))
            rows.append((pairs_within(binary, truth, d), truth.sum(), binary.sum()))
        pdollar.append(np.array(rows))
    files = f"edges --truth label_maps --prediction boundaries --max-distance {distance}"
    case(files, 1e-9, **edge_score(seism, fine, True, False))
    case(f"{files} --variant grid99", 1e-9, **edge_score([c[1:-1] for c in seism], coarse, True, False))
    case(f"{files} --variant pdollar", 1e-9, **edge_score(pdollar, coarse, False, True))


if __name__ == "__main__":
    target = sys.argv[1]
    os.makedirs(target, exist_ok=True)
    for seed, make in enumerate((make_segmentation, make_depth, make_normals, make_saliency, make_edges)):
        make(np.random.default_rng(seed), target)
    with open(f"{target}/expected.json", "w") as f:
        json.dump(CASES, f, indent=1)
