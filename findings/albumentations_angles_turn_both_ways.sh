#!/usr/bin/env bash
# albumentations 2.0.8: the direction of flow as the angle of a keypoint, which augmentation turns with the image.
# Guess: an angle has one convention, from x up or from x down (the documentation names none), and follows the image: for one of the two it always
#        agrees with the direction from one moved point to another.
# Seen:  Rotate turns it as with y up, RandomRotate90 as with y down: whichever is taken, one of them is wrong. Resize to other proportions, as a
#        tile of 201 x 268 px needs for a square network, and shear leave it as it was. Two points in the place of an angle are right.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile albumentations==2.0.8 opencv-python-headless==5.0.0.93 numpy==2.4.6
NO_ALBUMENTATIONS_UPDATE=1 env/bin/python - <<'P'
import albumentations as A
import numpy as np

ANGLE = 30.0
image = np.zeros((201, 268, 1), np.uint8)
tail = np.array([130.0, 100.0])
steps = {
    "HorizontalFlip": A.HorizontalFlip(p=1),
    "Rotate by 20": A.Rotate((20, 20), p=1),
    "RandomRotate90": A.RandomRotate90(p=1),
    "Resize to 201 x 201": A.Resize(201, 201),
    "shear by 20": A.Affine(shear={"x": (20, 20), "y": (0, 0)}, p=1),
}
found = {name: {} for name in steps}
for y, sign in (("y down", 1), ("y up", -1)):  # rows run down: an angle from x up has the other sign
    head = tail + 10 * np.array([np.cos(np.radians(ANGLE)), sign * np.sin(np.radians(ANGLE))])
    for name, step in steps.items():
        for seed in range(20):  # until RandomRotate90 takes a quarter turn
            pipeline = A.Compose([step], keypoint_params=A.KeypointParams(format="xya", remove_invisible=False), seed=seed)
            result = pipeline(image=image, keypoints=[(*tail, ANGLE), (*head, ANGLE)])
            if name != "RandomRotate90" or result["image"].shape[0] == 268:
                break
        (x0, y0, angle), (x1, y1, _) = result["keypoints"]
        moved = np.degrees(np.arctan2(sign * (y1 - y0), x1 - x0))
        found[name][y] = round(float((angle - moved + 180) % 360 - 180)) % 360
        print(f"{name}, angles with {y}: from {ANGLE:.0f} to {angle:.0f}, points say {moved % 360:.0f} degrees")
print("angle less that of the points:", found)
right = {"HorizontalFlip": {"y down": 0, "y up": 0}, "Rotate by 20": {"y down": 40, "y up": 0}, "RandomRotate90": {"y down": 0, "y up": 180}}
if any(found[name] != off for name, off in right.items()) or any(0 in found[name].values() for name in list(steps)[3:]):
    raise SystemExit("changed")
P
