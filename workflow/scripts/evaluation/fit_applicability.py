"""Bound the area of applicability of the models trained on one split: where new tiles resemble the training tiles."""

from geoclass.confidence import applicability
from geoclass.core import log, tables
from geoclass.evaluation import baselines
from geoclass.labels import labelled_tiles


def fit_applicability(labels: str, split: str, vario: list[str], seed: int, threads: int, reference: str) -> None:
    """Write the reference that new tiles are compared with.

    Parameters
    ----------
    labels, split
        Parquet tables of labels and of one split.
    vario
        Tables of vario functions of all labelled scenes and image sets.
    seed
        Seed of the random forest that tells how important each feature is.
    threads
        Threads of the forest.
    reference
        Safetensors file to write.

    Raises
    ------
    ValueError
        Tables that do not belong together, or training tiles in one block only.
    """
    training = labelled_tiles.labelled_tiles(labels, split, [], vario).learned()
    vectors = applicability.vectors_of(training.v)
    importance = baselines.forest(seed, threads).fit(vectors, training.labels).feature_importances_
    about = {"lags": training.expected["vario"]["lags"], "split": tables.read_metadata(split)["scheme"]}
    fitted = applicability.fit(vectors, training.blocks, importance, about)
    applicability.save(reference, fitted)
    log.logger.info("%d training tiles: a dissimilarity of up to %.3f is inside", len(training), fitted.threshold)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        fit_applicability(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            vario=snakemake.input.vario,
            seed=snakemake.params.settings["seed"],
            threads=snakemake.threads,
            reference=snakemake.output.applicability,
        )
