"""How a rate or a number of users goes over a stage: constant, ramp, steps, spike, sine. Pure, in whatever unit the level has."""

from harness.model.shapes.course import Course
from harness.model.shapes.line import Line
from harness.model.shapes.ramp import Ramp
from harness.model.shapes.sine import Sine
from harness.model.shapes.spike import Spike
from harness.model.shapes.steps import Steps
from harness.model.shapes.wave import Wave

Shape = Ramp | Steps | Spike | Sine

__all__ = ["Course", "Line", "Ramp", "Shape", "Sine", "Spike", "Steps", "Wave"]
