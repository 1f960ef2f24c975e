"""What a caller may fix about a person; everything else is drawn by chance."""

from dataclasses import dataclass


@dataclass
class FigureRequest:
    pose: str = None  # a key of poses.KINDS
    yaw: float = None  # degrees; 0 faces the viewer
    pitch: float = None  # camera looks down by this many degrees
    height: float = None  # pixels of the whole figure
    centre: tuple = None  # pixel position of the figure's middle
    gestures: tuple = None  # names of poses.gesture for left and right arm
    plain: bool = False  # nothing that hides the face: no hat, glasses, mask of hair
    occluded: bool = True  # objects may be put in front
