from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ExportReport:
    """Report of an export: the written files and their difference from the Keras model.

    Args:
        path: `pathlib.Path` of the file, or of the version folder of a SavedModel.
        format: String, the format.
        precision: String, the precision.
        difference: Float, largest difference of an output from the Keras model, as a fraction of the largest value of
            the output; see `verify`.
        absolute_difference: Float, largest difference of an output from the Keras model.
        tolerance: Float, largest allowed `difference`.
        samples: String, description of the images of the comparison.
        size: Integer, total size in bytes of the files that a runtime needs.
        replaced: Boolean, whether the export replaced an existing file or version. Defaults to `False`.
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
