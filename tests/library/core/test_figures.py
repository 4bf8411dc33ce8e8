"""Fonts of what is drawn in pictures."""

import pytest

from geoclass.core import figures


@pytest.mark.parametrize("text", ["Übergang", "éboulis", "ľadovec", "Ледник", "Ισλανδία"])
def test_names_of_many_languages_are_drawn_with_signs_of_their_own(text):
    font = figures.font(text, 15)
    missing = bytes(font.getmask("\uffff"))
    assert all(bytes(font.getmask(sign)) != missing for sign in text)


def test_a_text_that_no_font_has_is_drawn_with_the_first():
    assert figures.font("\uffff", 15).getname()[0] == "DejaVu Sans"
