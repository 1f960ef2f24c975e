"""Draws people with exact labels of all 133 COCO-WholeBody points.

``render_scene`` and ``render_empty_scene`` are the two entry points; every
picture depends on the random generator alone, so a seed names a picture.
"""

from .scene import Person, Scene, render_empty_scene, render_scene
from .request import FigureRequest

__all__ = ["FigureRequest", "Person", "Scene", "render_empty_scene", "render_scene"]
