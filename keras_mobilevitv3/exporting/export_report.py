from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ExportReport:
    """What was exported, and how far it is from the Keras model.

    Args:
        path: `pathlib.Path` of the file, or of the folder of a SavedModel, its version included.
        format: String, the format.
        precision: String, the precision.
        difference: Float, the largest difference of any output from that of the Keras model, as a part of the largest
            value of that output; see `verify`.
        absolute_difference: Float, the largest difference of any output, as it is.
        tolerance: Float, what `difference` may be.
        samples: String, on which images the two were compared.
        size: Integer, bytes of all that a runtime needs.
        replaced: Boolean, whether a former file or version was replaced. Defaults to `False`.
    """

    path: Path
    format: str
    precision: str
    difference: float
    absolute_difference: float
    tolerance: float
    samples: str
    size: int
    replaced: bool = False

    def __str__(self):
        return (
            f"{self.path}: {self.format}, {self.precision}, {self.size:,} bytes; differs from the Keras model by "
            f"{self.difference:.1e} of the largest output (at most {self.tolerance:.0e}) on {self.samples}"
            + (f"; the former {self.path.name} is replaced" if self.replaced else "")
        )
