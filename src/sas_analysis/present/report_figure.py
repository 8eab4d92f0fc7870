"""A figure of a report: its picture for JupyterLab and for papers, and the block that a page makes rows of."""

from io import BytesIO
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from sas_analysis.present.blocks import Block
from sas_analysis.present.charts.base import picture_of

# The same bytes from the same table: no date, no random names; text stays text, which is smaller and can be edited.
_SVG = {"svg.fonttype": "none", "svg.hashsalt": "sas-analysis"}


class ReportFigure:
    """A drawn figure with its caption.

    figure : of matplotlib. caption : which is also its description. png : the picture that is shown.
    """

    def __init__(self, figure: Figure, caption: str):
        self.figure, self.caption = figure, caption
        self.png, self._box = picture_of(figure)
        plt.close(figure)

    def save(self, path: str | Path) -> None:
        """Save it as a file whose ending says which kind: .svg, .pdf or .png, at a journal's column width.

        Parameters
        ----------
        path : str or Path
            Of the file; a file of that name is replaced.

        Examples
        --------
        >>> page.figures["powers"].save(SAMPLE.parent / "powers.svg")
        >>> (SAMPLE.parent / "powers.svg").read_text()[:5]
        '<?xml'
        """
        path = Path(path)
        if path.suffix == ".png":
            path.write_bytes(self.png)
            return
        with plt.rc_context(_SVG):
            dated = {"Date": None} if path.suffix == ".svg" else {}
            drawn = BytesIO()
            self.figure.savefig(drawn, format=path.suffix.lstrip("."), bbox_inches=self._box, metadata=dated)
        path.write_bytes(drawn.getvalue())

    def save_both(self, folder: Path, name: str) -> None:
        """Save it as NAME.svg and NAME.png in a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        for kind in ("svg", "png"):
            self.save(folder / f"{name}.{kind}")

    def block(self, content: dict) -> Block:
        """The figure as it shows itself: the picture, and what a page needs. content : of the block."""
        png = self.png if content.get("html") else self._small()  # a page without rows holds the picture
        return Block("figure", content, "<Figure>", png=png, alt=self.caption)

    def _small(self) -> bytes:
        """The picture with half the points each way: a third of the bytes. The file beside the page keeps all."""
        drawn = BytesIO()
        self.figure.savefig(drawn, format="png", bbox_inches=self._box, dpi=self.figure.dpi / 2)
        return drawn.getvalue()
