import pytest

from keras_mobilevitv3.weights.hub.catalogue import LICENSES, PRETRAINED, sources

pytestmark = pytest.mark.once

MULTI_HEAD = [f"mobilevitv3_{size}{depth}" for size in ("s", "xs", "xxs") for depth in ("", "_l2")]
LINEAR = [f"mobilevitv3_{width}" for width in ("050", "075", "100")]
V1 = ["mobilevit_s", "mobilevit_xs", "mobilevit_xxs"]
V2 = [f"mobilevitv2_{width}" for width in ("050", "075", "100", "125", "150", "175", "200")]


def variants_with(dataset):
    return [row.variant for row in PRETRAINED if row.dataset == dataset]


def test_table_is_complete():
    assert sorted(variants_with("imagenet")) == sorted([*MULTI_HEAD, *LINEAR] * 2 + V1 + V2)
    sizes = MULTI_HEAD[::2]
    assert sorted(variants_with("pascal_voc")) == sorted([*sizes, "mobilevitv3_050", "mobilevitv3_100", *V1])
    assert sorted(variants_with("ade20k")) == sorted(LINEAR)
    assert sorted(variants_with("coco")) == sorted([*sizes, *LINEAR, *V1])
    assert len({row.dataset for row in PRETRAINED}) == 4


@pytest.mark.parametrize("variant", MULTI_HEAD + LINEAR)
def test_v3_has_the_copy_first_and_then_the_official_file(variant):
    copy, official = sources(variant)
    assert (copy.file_format, copy.channel_order, copy.license) == ("pdparams", "rgb", "micron")
    assert copy.url.startswith("https://") and copy.url.endswith("_pretrained.pdparams")
    assert official.channel_order == ("bgr" if variant in MULTI_HEAD else "rgb")
    assert official.release.startswith("https://api.github.com/") and official.url is None
    assert abs(official.score - copy.score) < 0.4
    code = official.folder.rsplit("_", 1)[-1]
    assert variant in LINEAR or float(code) / 100 == official.score


@pytest.mark.parametrize("variant", V1 + V2)
def test_older_models_have_one_source(variant):
    (row,) = sources(variant)
    assert row.channel_order == ("bgr" if variant in V1 else "rgb") and row.license == "apple"
    assert row.url.startswith("https://") and row.url.endswith(".pt") and row.file_format == "pt"


def test_rows_are_sound():
    assert len({row.filename for row in PRETRAINED}) == len(PRETRAINED)
    for row in PRETRAINED:
        assert row.license in LICENSES
        assert (row.url is None) == (row.release is not None) == (row.folder is not None)
        assert row.filename.endswith("." + row.file_format) and "/" not in row.filename


def test_some_rows_in_full():
    base = "https://paddle-imagenet-models-name.bj.bcebos.com/dygraph/"
    assert sources("mobilevitv3_075")[0].url == base + "MobileViTV3_x0_75_pretrained.pdparams"
    assert sources("mobilevitv3_xs_l2")[0].url == base + "MobileViTV3_XS_L2_pretrained.pdparams"
    assert sources("mobilevitv3_100")[1].filename == "mobilevitv3_1_0_0.pt"
    base = "https://docs-assets.developer.apple.com/ml-research/models/"
    v2 = "cvnets-v2/classification/mobilevitv2/imagenet1k/256x256/mobilevitv2-1.75.pt"
    assert sources("mobilevitv2_175")[0].url == base + v2
    assert sources("mobilevit_xxs")[0].url == base + "cvnets/classification/mobilevit_xxs.pt"
    assert sources("mobilevit_s", "pascal_voc")[0].url == base + "cvnets/segmentation/deeplabv3_mobilevit_s.pt"
    assert sources("mobilevit_xs", "coco")[0].url == base + "cvnets/detection/ssd_mobilevit_xs_320.pt"
    (row,) = sources("mobilevitv3_xs", "pascal_voc")
    assert (row.folder, row.score, row.channel_order) == ("mobilevitv3_XS_voc_e50_7877", 78.77, "bgr")
    (row,) = sources("mobilevitv3_075", "coco")
    assert (row.folder, row.score, row.channel_order) == ("mobilevitv3_coco_0_7_5", 25.0, "rgb")


def test_variant_without_weights_lists_those_with():
    with pytest.raises(ValueError, match="mobilevitv3_100.*Received: variant='mobilevitv3_125'"):
        sources("mobilevitv3_125")
    with pytest.raises(ValueError, match="'coco' weights exist for .*mobilevitv3_xs.*dataset='coco'"):
        sources("mobilevitv3_s_l2", "coco")
    with pytest.raises(ValueError, match="'ade20k', 'coco', 'imagenet', 'pascal_voc'.*dataset='cifar'"):
        sources("mobilevitv3_s", "cifar")
