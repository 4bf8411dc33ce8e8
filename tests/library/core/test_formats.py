"""What scenes and images may be, told by their names."""

from geoclass.core import formats


def test_a_file_geodatabase_is_no_folder_of_images(tmp_path):
    (tmp_path / "a.gdb").mkdir()
    (tmp_path / "tiles").mkdir()
    assert not formats.is_image_folder(tmp_path / "a.gdb") and formats.is_image_folder(str(tmp_path / "tiles"))
