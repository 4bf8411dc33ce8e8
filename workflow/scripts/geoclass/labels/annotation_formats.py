"""Labels of whole tiles as other labelling tools write and read them: COCO and Label Studio."""

import re
from pathlib import PurePosixPath
from urllib.parse import quote, unquote
from xml.sax.saxutils import quoteattr

import pandas as pd

from geoclass.core import log, model_names

COLUMNS = ["tile_id", "scene", "class_name", "origin", "confidence", "group"]
LOCAL_FILES = "/data/local-files/?d="  # where Label Studio serves the files of LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT
LABEL_STUDIO_VIEW = """<View>
  <Image name="image" value="$image"/>
  <Choices name="class" toName="image" choice="single" showInline="true">
{choices}
  </Choices>
</View>
"""


def to_coco(labels: pd.DataFrame, classes: pd.DataFrame, description: str, licence: str, credits: str) -> dict:
    """Return labels as a COCO object: one image and one annotation a tile, whose box is the whole tile.

    Parameters
    ----------
    labels
        Columns tile_id, scene, class_id, origin, confidence (missing for people's labels), group, file_name, height_px, width_px.
    classes
        The table of classes.
    description
        What the data set is.
    licence
        Of every image; an address (https://…) is one, any other text a name. Empty: `licenses` is empty too.
    credits
        To whom the images are due: `contributor`.
    """
    address = licence if re.match(r"https?://", licence) else ""
    licences = [{"id": 1, "name": licence, "url": address}] if licence else []
    images, annotations = [], []
    for number, row in enumerate(labels.itertuples(), 1):
        width, height = int(row.width_px), int(row.height_px)
        image = {"id": number, "file_name": row.file_name, "width": width, "height": height}
        image |= {"license": 1} if licence else {}
        images.append(image | {"tile_id": row.tile_id, "scene": row.scene})
        shape = {
            "bbox": [0, 0, width, height],
            "area": width * height,
            "segmentation": [[0, 0, width, 0, width, height, 0, height]],
        }
        annotation = {"id": number, "image_id": number, "category_id": int(row.class_id), **shape, "iscrowd": 0}
        score = {} if pd.isna(row.confidence) else {"score": round(float(row.confidence), 6)}
        annotations.append(annotation | score | {"origin": row.origin, "group": row.group})
    categories = [{"id": int(c.class_id), "name": c.class_name, "supercategory": "ice surface"} for c in classes.itertuples()]
    info = {"description": description, "contributor": credits, "version": "1.0", "url": ""}
    return {"info": info, "licenses": licences, "images": images, "annotations": annotations, "categories": categories}


def from_coco(content: dict) -> pd.DataFrame:
    """Return the labels of a COCO object: columns tile_id, scene, class_name, origin, confidence, group.

    Raises
    ------
    ValueError
        A part that is missing, an annotation of an unknown image or category, or of a part of its image.
    """
    for part in ("images", "annotations", "categories"):
        if not isinstance(content.get(part), list):
            raise ValueError(f"no list {part}, expected a COCO file with images, annotations and categories; export it again")
    images = {image["id"]: image for image in content["images"]}
    names = {category["id"]: category["name"] for category in content["categories"]}
    rows = []
    for annotation in content["annotations"]:
        image, name = images.get(annotation["image_id"]), names.get(annotation["category_id"])
        if image is None or name is None:
            raise ValueError(
                f"annotation {annotation['id']}: of an image or category that the file does not hold; export it again"
            )
        _check_whole(annotation, image)
        tile_id = image.get("tile_id") or _stem(image["file_name"])
        origin = annotation.get("origin") or "human"
        origin = origin if re.match(model_names.ORIGIN, str(origin)) else "human"
        rows.append((tile_id, image.get("scene", ""), name, origin, annotation.get("score"), annotation.get("group", "")))
    return pd.DataFrame(rows, columns=COLUMNS)


def _check_whole(annotation: dict, image: dict) -> None:
    """Refuse an annotation of a part of its image."""
    box, size = annotation.get("bbox") or None, (image.get("width"), image.get("height"))
    if box is None:
        return
    try:
        box = [float(number) for number in box]
    except (TypeError, ValueError):
        raise ValueError(f"annotation {annotation['id']}: a box of {box}, expected four numbers; export it again") from None
    if None in size or len(box) != 4:
        raise ValueError(
            f"annotation {annotation['id']}: a box in an image of unknown size, expected width and height of every image; export it again"
        )
    width, height = box[2:]
    if width * height < 0.99 * size[0] * size[1]:
        raise ValueError(
            f"annotation {annotation['id']}: a box of {width:g} x {height:g} px, expected the whole image of {size[0]} x "
            f"{size[1]} px, for labels are of whole tiles; draw polygons on the scene instead"
        )


def to_label_studio(labels: pd.DataFrame) -> list[dict]:
    """Return labels as tasks of Label Studio: people's labels as annotations, models' as predictions with their score.

    Images have the addresses that they have where the folder of the data set is Label Studio's root of local files.

    Parameters
    ----------
    labels
        As for `to_coco`, with class_name.
    """
    tasks = []
    for number, row in enumerate(labels.itertuples(), 1):
        choice = {"from_name": "class", "to_name": "image", "type": "choices", "value": {"choices": [row.class_name]}}
        data = {"image": LOCAL_FILES + quote(row.file_name), "tile_id": row.tile_id, "scene": row.scene, "group": row.group}
        task = {"id": number, "data": data, "annotations": [], "predictions": []}
        if row.origin == "human":
            task["annotations"].append({"result": [choice]})
        else:
            score = {} if pd.isna(row.confidence) else {"score": round(float(row.confidence), 6)}
            task["predictions"].append({"model_version": row.origin, **score, "result": [choice]})
        tasks.append(task)
    return tasks


def label_studio_view(classes: pd.DataFrame) -> str:
    """Return the labelling interface of a Label Studio project for these classes, with their colours."""
    choices = [f'    <Choice value={quoteattr(c.class_name)} background="{c.colour}"/>' for c in classes.itertuples()]
    return LABEL_STUDIO_VIEW.format(choices="\n".join(choices))


def from_label_studio(tasks: list) -> pd.DataFrame:
    """Return the labels of an export of Label Studio (JSON): columns tile_id, scene, class_name, origin, confidence, group.

    Every annotation that was not cancelled is a label; a task without any gives its predictions, with the model as their origin.
    An export of all tasks writes predictions as bare numbers, which tell no class: they are counted in the log.

    Raises
    ------
    ValueError
        A task without an image, or with other than one class chosen.
    """
    rows, n_bare = [], 0
    for number, task in enumerate(tasks, 1):
        data = task.get("data") if isinstance(task, dict) else None
        if not isinstance(data, dict) or not (data.get("tile_id") or data.get("image")):
            raise ValueError(
                f"task {number}: no data/tile_id or data/image, expected an export of Label Studio as JSON; export it again"
            )
        tile_id = data.get("tile_id") or _stem(data["image"], quoted=True)
        done = [a for a in _told(task, "annotations") if a.get("result") and not a.get("was_cancelled")]
        predicted = [] if done else _told(task, "predictions")
        n_bare += 0 if done else len(task.get("predictions") or []) - len(predicted)
        for given in done or predicted:
            chosen = [name for result in given["result"] for name in (result.get("value") or {}).get("choices", [])]
            if len(chosen) != 1:
                raise ValueError(f"task {number}: {len(chosen)} classes chosen, expected one; correct it in Label Studio")
            origin = "human" if done else given.get("model_version") or "model"
            score = None if done else given.get("score")
            rows.append((tile_id, data.get("scene", ""), chosen[0], origin, score, data.get("group", "")))
    if n_bare:
        log.logger.warning(
            "%d predictions are bare numbers without a class and are left out; export with predictions to take them", n_bare
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _stem(image: str, quoted: bool = False) -> str:
    """Return the name of an image without its ending, from its path on any system, its address, or where Label Studio serves it."""
    text = str(image)
    path = text
    if quoted:  # addresses, whose queries name Label Studio's local files or mean nothing
        path = unquote(text.partition("?d=")[2] or text.partition("?")[0])
    name = re.split(r"[/\\]", path)[-1]
    if "/data/upload/" in text:
        name = re.sub(r"^[0-9a-f]{8}-", "", name)  # which it puts before the names of files that are uploaded
    return PurePosixPath(name).stem


def _told(task: dict, part: str) -> list[dict]:
    """Return the annotations or predictions of a task that say something."""
    return [entry for entry in task.get(part) or [] if isinstance(entry, dict)]
