"""What scenes and images may be: the types of their pixels, the names of their files."""

DTYPES = ("uint8", "uint16", "int16", "float32", "float64")  # whose vario functions are exact
IMAGE_SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg")  # in class folders
