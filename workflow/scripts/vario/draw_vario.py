"""Draw tiles of a scene beside their directional vario functions."""

from pathlib import Path

from geoclass.core import log
from geoclass.vario import vario_figure


def draw_vario(tiles: str, vario: str, wanted: list[str], figures: list[str], credits: str) -> None:
    """Write the figure of one scene.

    Parameters
    ----------
    tiles
        Tile table.
    vario
        Table of extract_vario.
    wanted
        Ids of tiles of this scene; where there is none, six from the least to the most anisotropic one.
    figures
        PNG and PDF to write.
    credits
        Line at the foot.
    """
    shown = vario_figure.read(tiles, vario, wanted)
    vario_figure.draw(figures, shown, credits)
    log.logger.info("%s: %d tiles drawn", shown.metadata["scene"]["scene"], len(shown.rows))


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        draw_vario(
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            wanted=snakemake.params.settings["wanted"],
            figures=[snakemake.output.figure, str(Path(snakemake.output.figure).with_suffix(".pdf"))],
            credits=snakemake.params.settings["credits"],
        )
