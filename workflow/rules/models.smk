# Where models come from: trained here, by scheme, or finished elsewhere; and what was learned, by scheme and fold. No rule.


def model_files(model, scheme=SCHEME):
    """Return description and weights of a model: of the finished folder that the config names, else of the one trained here."""
    folder = FINISHED.get(model, f"<results>/models/{scheme}/{model}")
    return [f"{folder}/model.json", f"{folder}/weights.safetensors"]


def folds_of(model, scheme=None):
    """Return a function of wildcards: what models trained without each fold say of it; of a finished model, or without folds, nothing."""

    def tables(wildcards):
        name = scheme or wildcards.scheme
        if model in FINISHED or name in ("given", ROUND):
            return []
        return expand(f"<results>/folds/{name}/{model}/{{fold}}.parquet", fold=range(N_FOLDS))

    return tables


def fingerprint_of(model):
    """Return what tells the weights of a finished model, whatever their date; False for one that is trained here."""
    return model in FINISHED and (files.read_json(f"{FINISHED[model]}/model.json").get("fingerprint") or True)


def finished_files(name):
    """Return the files of a name in finished folders, beside them, or in the folder of ResNet-18 there."""
    finished = [Path(FINISHED[model]) for model in MODELS if model in FINISHED]
    folders = dict.fromkeys(path for folder in finished for path in (folder, folder.parent, folder.parent / "resnet18"))
    return [str(path) for folder in folders if (path := folder / name).is_file()]


def applicability_files():
    """Return the areas of applicability: that of the models trained here first, then those of finished ones."""
    return [f"<results>/models/{SCHEME}/applicability.safetensors"] * bool(TRAINED) + finished_files("applicability.safetensors")


def quantised_of():
    """Return ResNet-18 in int8, which VarioNet shares; a finished folder may lack it, and some engines do without."""
    if config["classify_scene"]["engine"] not in ("auto", "int8"):
        return []
    pixels = {"resnet18", "varionet"} & set(TRAINED)
    return finished_files("int8.safetensors") + [f"<results>/models/{SCHEME}/resnet18/int8.safetensors"] * bool(
        pixels and "resnet18" not in FINISHED
    )


def training_settings(model):
    """Return the settings of a training; the device is none of them, since it does not change what is learned."""
    return {**config[f"train_{model}"], "seed": config["seed"]}


def divided(rule, scheme=SCHEME):
    """Return a function that names the split of a rule that asks for a part of the labels which nothing learns; folds leave none."""

    def split(wildcards):
        if N_FOLDS and scheme == SCHEME != "given":
            raise SystemExit(
                f"config: split_labels/shares is null, so that labels are learned by folds, expected a part that {rule} does not learn; "
                "set split_labels to {scheme: block, shares: [0.6, 0.2, 0.2]}"
            )
        return f"<results>/splits/{scheme}.parquet"

    return split


def predictions_of(wildcards):
    """Return what a model that is trained here says of held-out tiles; a finished model has been scored where it was trained."""
    if wildcards.model in FINISHED:
        return []
    return f"<results>/evaluation/{SCHEME}/predictions.parquet"


def scores_of(wildcards):
    """Return the scores of a model that is trained here."""
    return [] if wildcards.model in FINISHED else f"<results>/evaluation/{SCHEME}/scores.tsv"


QUANTISED = quantised_of()
