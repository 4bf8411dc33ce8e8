"""The model card: counts of every class under its own name, and front matter that Hugging Face reads."""

import json

import yaml

from geoclass.networks import model_card

NAMES = ["Snow", "Chaos", "Parallel with Shear", "Cisaillement, foncé"]


def card():
    counts = {name: {"train": 10 * n, "validation": n, "test": 0} for n, name in enumerate(NAMES, 1)}
    content = {
        "model": "resnet18", "id": "resnet18-0123", "classes": [{"class_id": n, "class_name": m} for n, m in enumerate(NAMES, 1)],
        "tile": {"height_px": 24, "width_px": 32}, "vario": None, "architecture": {}, "settings": {"epochs": 3},
        "radiometry": {"method": "percentiles", "low_percent": 0.5, "high_percent": 99.5}, "data": {"labels": "5" * 64},
        "split": {"scheme": "block", "counts": counts}, "versions": {"python": "3.11"},
        "scores": dict.fromkeys(("accuracy", "macro_f1", "loss", "ece_before", "ece_after"), 0.5)
        | {"subset": "validation", "epochs": 3, "best_epoch": {"stage": 1, "epoch": 2}},
    }  # fmt: skip
    return json.loads(json.dumps(content, sort_keys=True))  # as model.json is written: the counts by order of their names


def test_each_class_has_its_own_counts_whatever_the_order_of_the_list(tmp_path):
    content = card()
    assert list(content["split"]["counts"]) != NAMES
    for classes in (content["classes"], content["classes"][::-1]):
        model_card.write(content | {"classes": classes}, tmp_path / "card.md")
        lines = (tmp_path / "card.md").read_text(encoding="utf-8").splitlines()
        for n, name in enumerate(NAMES, 1):
            assert f"| {n} | {name} | {10 * n} | {n} | 0 |" in lines


def test_front_matter_is_what_hugging_face_reads(tmp_path):
    model_card.write(card(), tmp_path / "card.md")
    empty, front, text = (tmp_path / "card.md").read_text(encoding="utf-8").split("---\n", 2)
    about = yaml.safe_load(front)
    assert not empty and about["library_name"] == "pytorch" and about["pipeline_tag"] == "image-classification"
    assert isinstance(about["license"], str) and "onnx" in about["tags"] and text.lstrip().startswith("# ResNet-18")
