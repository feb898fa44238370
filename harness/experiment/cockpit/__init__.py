"""The parent's side of the Locust UI: it offers scenarios, runs each test as an ordinary run, hurts by hand, and tells what there is to show."""

from harness.experiment.cockpit.cockpit import Cockpit
from harness.experiment.cockpit.grounds import Grounds
from harness.experiment.cockpit.offers import Shelf
from harness.experiment.cockpit.orders import Spread
from harness.experiment.cockpit.unattended import Unattended

__all__ = ["Cockpit", "Grounds", "Shelf", "Spread", "Unattended"]
