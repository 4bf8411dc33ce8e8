"""What scenes and images may be, told by their names."""

from geoclass.core import formats


def test_a_file_geodatabase_is_no_folder_of_images(tmp_path):
    (tmp_path / "a.gdb").mkdir()
    (tmp_path / "tiles").mkdir()
    assert not formats.is_image_folder(tmp_path / "a.gdb") and formats.is_image_folder(str(tmp_path / "tiles"))


def test_hidden_images_are_none(tmp_path):
    for name in ("a.png", "deep/b.tif", ".c.png", ".ipynb_checkpoints/a-checkpoint.png", "deep/.d/e.jpg"):
        (tmp_path / ".set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / ".set" / name).touch()
    assert [path.name for path in formats.images(tmp_path / ".set")] == ["a.png", "b.tif"]
