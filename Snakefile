# geoclass-workflow: from satellite scenes of a glacier to maps of its ice-surface classes.
#
# The chapters of the method, in order; each rule is a step, and each names what it reads and what it makes.
from snakemake.utils import min_version

min_version("9.13")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/simulation.smk"  # a glacier of known truth, where no scenes are at hand
include: "workflow/rules/scenes.smk"  # scenes in the common form, cut into split-images
include: "workflow/rules/vario.smk"  # vario functions, crevasse orientation and spacing
include: "workflow/rules/labelling.smk"  # the page in which split-images are labelled
include: "workflow/rules/labels.smk"  # labels, their split into training, validation and test, data sets
include: "workflow/rules/networks.smk"  # VarioMLP, ResNet-18, and VarioNet out of both
include: "workflow/rules/evaluation.smk"  # scores with intervals, calibration, applicability
include: "workflow/rules/classification.smk"  # class and confidence of every tile
include: "workflow/rules/maps.smk"  # maps of classes and of crevasse structure
include: "workflow/rules/series.smk"  # the series of dates
include: "workflow/rules/active_learning.smk"  # what to label next, label errors, rounds of learning
include: "workflow/rules/report.smk"  # what was made, what it rests on, what it took


rule all:
    default_target: True
    input:
        PRODUCTS,
        "<results>/summary.md",
        "<results>/pages/summary.html",


rule maps:
    input:
        expand("<results>/maps/{model}/{scene}_class.tif", model=MODELS, scene=SCENES.index),
        expand("<results>/maps/{model}/{scene}.png", model=MODELS, scene=SCENES.index),
        expand("<results>/maps/structure/{scene}.png", scene=SCENES.index),


rule vario_figures:
    input:
        expand("<results>/figures/vario/{scene}.png", scene=DRAWN),


rule images:
    input:
        expand("<results>/images/{model}/{image_set}", model=MODELS, image_set=IMAGES),


rule series:
    input:
        "<results>/series/scenes.tsv",
        expand("<results>/series/{model}/areas.tsv", model=MAPPED),
        expand("<results>/series/{model}/change", model=MAPPED),


rule drift:
    input:
        expand("<results>/drift/{model}/drift.md", model=MAPPED),


rule crate:
    input:
        "<results>/ro-crate-metadata.json",


rule scores:
    input:
        expand("<results>/evaluation/{scheme}/scores.tsv", scheme=SCHEMES),
        "<results>/evaluation/summary.md",


rule round:
    input:
        f"<results>/rounds/{ROUND}/verdict.json",
        "<results>/labels/queue.parquet",


onsuccess:
    if SUMMARY.exists() and SUMMARY.stat().st_mtime != SUMMARISED:
        print(SUMMARY.read_text())
