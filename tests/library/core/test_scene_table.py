"""The table of scenes as users write it: what a path and an id may hold."""

import pytest

from geoclass.core import scene_table


def table(folder, *rows):
    (folder / "scenes.tsv").write_text("scene\tpath\n" + "".join(f"{scene}\t{path}\n" for scene, path in rows))
    return folder / "scenes.tsv"


@pytest.mark.parametrize("name", ["a#1.tif", "a 1.tif", "ä'\"1.tif", "a;1,2.tif"])
def test_a_path_may_hold_what_file_systems_allow(tmp_path, name):
    (tmp_path / name).touch()
    path = table(tmp_path, ("# a comment", "on a line of its own"), ("a", f"{tmp_path}/{name}"))
    if '"' in name:
        path.write_text(path.read_text().replace(f"{tmp_path}/{name}", '"{}"'.format(f"{tmp_path}/{name}".replace('"', '""'))))
    assert scene_table.read_scenes(path, "results/simulated/")["path"].tolist() == [f"{tmp_path}/{name}"]


def test_an_id_of_250_letters_is_refused_since_it_names_files(tmp_path):
    (tmp_path / "a.tif").touch()
    with pytest.raises(
        ValueError, match=r"scene id sss\S+\.\.\. of 250 letters, expected at most 100, because it names files; shorten it"
    ):
        scene_table.read_scenes(table(tmp_path, ("s" * 250, f"{tmp_path}/a.tif")), "results/simulated/")


def test_the_name_of_the_page_of_all_dates_is_no_id(tmp_path):
    (tmp_path / "a.tif").touch()
    with pytest.raises(
        ValueError, match="scene id panels, which is the name of the page of all dates, expected another; rename it"
    ):
        scene_table.read_scenes(table(tmp_path, ("panels", f"{tmp_path}/a.tif")), "results/simulated/")


@pytest.mark.parametrize("path", ["", " "])
def test_a_scene_without_path_is_refused_by_name(tmp_path, path):
    (tmp_path / "a.tif").touch()
    rows = ("a", f"{tmp_path}/a.tif"), ("b", path), ("c", path)
    with pytest.raises(
        ValueError, match="path of scene b is empty, expected the file of the scene; fill it in or remove the row"
    ):
        scene_table.read_scenes(table(tmp_path, *rows), "results/simulated/")
