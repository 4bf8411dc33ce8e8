"""The workflow on a real Slurm, by the profile that it ships with."""

from pathlib import Path

import every_rule
import pytest
import yaml

PROFILE = yaml.safe_load((Path(__file__).parents[2] / "slurm" / "config.yaml").read_text())
TOGETHER = dict(entry.split("=") for entry in PROFILE["groups"])  # the group that jobs of a rule are sent in


def test_every_rule_has_run_and_the_series_is_finished(observed):
    folder, run, observer = observed
    assert run.returncode == 0, run.stdout[-6000:]
    sent = {TOGETHER.get(rule, rule) for rule in every_rule.targets()}
    assert {job["rule"] for job in observer.jobs.values()} == sent
    made = {path.relative_to(folder / "results" / "benchmarks").parts[0] for path in folder.glob("results/benchmarks/**/*.tsv")}
    assert {name.removesuffix(".tsv") for name in made} == set(every_rule.targets())
    assert (folder / "results" / "evaluation" / "summary.md").exists()
    assert len(list((folder / "results" / "maps").glob("*/*_class.tif"))) == 3 * len(
        list((folder / "results" / "scenes").glob("*.tif"))
    )


def test_training_and_inference_hold_the_gpu_and_nothing_else_does(observed):
    _, _, observer = observed
    assert {job["rule"] for job in observer.jobs.values() if job["held_gpu"]} == every_rule.on_gpu()
    assert {job["rule"] for job in observer.jobs.values() if "TresPerJob" in job} == every_rule.on_gpu()


def test_maps_are_sent_together(observed):
    folder, _, observer = observed
    n_maps = sum(len(list((folder / "results" / "benchmarks" / rule).rglob("*.tsv"))) for rule in TOGETHER)
    n_jobs = sum(job["rule"] in TOGETHER.values() for job in observer.jobs.values())
    n_scenes = len(list((folder / "results" / "scenes").glob("*.tif")))  # a job draws all maps of one
    assert n_maps >= n_scenes > 1 and n_jobs == -(-n_maps // 20)


def test_a_job_is_known_by_its_rule_and_scene(observed):
    folder, _, observer = observed
    comments = {job["Comment"] for job in observer.jobs.values()}
    for path in (folder / "results" / "scenes").glob("*.tif"):
        assert f"rule_ingest_scene_wildcards_{path.stem}" in comments
    assert all(job["JobName"].startswith("geoclass_") for job in observer.jobs.values())


def test_a_job_killed_by_its_time_limit_is_repeated_with_more_and_finished(observed):
    _, run, observer = observed
    first = observer.jobs[observer.hung]
    (second,) = (job for job in observer.jobs.values() if job["rule"] == first["rule"] and job is not first)
    assert first["JobState"] == "TIMEOUT" and second["JobState"] == "COMPLETED"
    assert second["asked_minutes"] == 2 * first["asked_minutes"]
    assert int(second["MinMemoryNode"].strip("M")) == 2 * int(first["MinMemoryNode"].strip("M"))
    assert "SLURM status is: 'TIMEOUT'" in run.stdout


@pytest.mark.parametrize(
    "request_, sentence",
    [
        (("--default-resources", "slurm_partition=nowhere", "mem_mb=500", "runtime=5"), "invalid partition specified: nowhere"),
        (("--set-resources", "simulate_series:gpu=9"), "Requested node configuration is not available"),
        (
            ("--set-resources", "simulate_series:gpu=0", "simulate_series:gres=gpu:9"),
            "Requested node configuration is not available",
        ),
    ],
    ids=["partition", "gpu", "gres"],
)
def test_what_slurm_refuses_reaches_the_user_with_the_name_of_the_rule(series, request_, sentence):
    run = series.snakemake("results/simulated/roi.gpkg", "--retries", "0", *request_)
    assert run.returncode != 0
    assert "Error in rule simulate_series" in run.stdout and sentence in run.stdout
    assert "Traceback" not in run.stdout
