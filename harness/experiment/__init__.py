"""Where the rooms meet: a Scenario becomes a run on one clock, with stop conditions, validity and a verdict.

Import the module you need (`harness.experiment.run`, ...): a load process and the command line want different ones.
"""
