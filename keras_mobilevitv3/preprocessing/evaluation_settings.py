"""How the published ImageNet figures were evaluated."""

from keras_mobilevitv3.checks import check_choice, check_integer
from keras_mobilevitv3.preprocessing.evaluation_transform import EvaluationTransform

# The shorter side is resized to the image size plus this margin, unless `resize_sizes` has another value.
RESIZE_MARGIN = 32

EVALUATION_SETTINGS = {
    # mobilevitv3_{s,xs,xxs}[_l2], mobilevit_{s,xs,xxs}: resized with OpenCV.
    "multi_head": {"interpolation": "bilinear", "antialias": False, "resize_sizes": {}},
    # mobilevitv3_{050..200}, mobilevitv2_{050..200}: resized with Pillow; fine-tuning at 384 has no margin.
    "separable": {"interpolation": "bicubic", "antialias": True, "resize_sizes": {384: 384}},
}


def evaluation_transform(attention, image_size=256, **kwargs):
    """Returns the transform with which the published figures of a variant were evaluated.

    Args:
        attention: String, kind of attention of the variant: `"multi_head"` (`mobilevitv3_s`, `mobilevitv3_xs_l2`,
            `mobilevit_s`, ...) or `"separable"` (`mobilevitv3_100`, `mobilevitv2_100`, ...).
        image_size: Integer, height and width of the output. The shorter side is resized to 32 pixels more, and to 384
            itself for `"separable"` at 384, as in the published fine-tuning. Defaults to `256`.
        **kwargs: Other arguments of `keras.layers.Layer`, such as `name`.

    Returns:
        An `EvaluationTransform`.

    Raises:
        ValueError: If an argument is not as stated.
    """
    check_choice("attention", attention, EVALUATION_SETTINGS)
    check_integer("image_size", image_size)
    setting = EVALUATION_SETTINGS[attention]
    return EvaluationTransform(
        resize_size=setting["resize_sizes"].get(image_size, image_size + RESIZE_MARGIN),
        crop_size=image_size,
        interpolation=setting["interpolation"],
        antialias=setting["antialias"],
        **kwargs,
    )
