"""The pictures in images/ show the numbers that they are drawn from today."""

import io
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from notebook_rules import chapters
from PIL import Image

from annex_lib.figures.images import IMAGES

FOLDER = Path(__file__).parent.parent / "images"
DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"


def png_description(data):
    return Image.open(io.BytesIO(data)).text["Description"]


def svg_description(data):
    return next(ElementTree.fromstring(data).iter(DESCRIPTION)).text


@pytest.mark.parametrize("name", IMAGES)
def test_a_stored_picture_is_what_would_be_drawn_now(name):
    drawn = IMAGES[name]().description()
    assert png_description((FOLDER / f"{name}.png").read_bytes()) == drawn, "make images"
    assert svg_description((FOLDER / f"{name}.svg").read_bytes()) == drawn, "make images"


def test_the_folder_holds_these_pictures_and_no_others():
    expected = {f"{name}.{form}" for name in IMAGES for form in ("png", "svg")}
    assert {p.name for p in FOLDER.iterdir()} == expected
    assert {"jacobian_W", "backward_conv"} <= set(IMAGES)


@pytest.mark.parametrize("name", IMAGES)
def test_each_picture_stands_in_a_chapter(name):
    assert any(f"../images/{name}." in p.read_text("utf-8") for p in chapters())


def test_the_description_in_a_file_sees_other_numbers():
    figure = next(iter(IMAGES.values()))()
    written = png_description(figure.png({"Description": figure.description()}))
    assert written == svg_description(figure.svg({"Description": figure.description()}))
    figure.canvas.axes[0].set_xlim(0, 77)
    assert figure.description() != written
