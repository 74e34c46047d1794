"""What a Comparison is made of: rows, tests, stages, findings, recommendations, as plain data.

Renderers read these and nothing else, and compute no number. Candidate always comes before baseline. Ratios and
effects are candidate over baseline. Codes (verdicts, rules, actions, assessments) are words that renderers turn
into sentences; `facts` hold the numbers and names that the sentence needs.
"""

from runcompare.comparison.model.correction import Corrected, CorrectedChange, Outlook, Tried
from runcompare.comparison.model.curves import Curve, FinalChange, KeyFamily, MetricCurve, SeedCurve, StageComparison
from runcompare.comparison.model.findings import ConfigChange, Evidence, Expected, Finding, NotRun, Recommendation
from runcompare.comparison.model.money import IsoCost, PriceOfGain, PriceOfKnowing
from runcompare.comparison.model.pairs import Pair, Pairing
from runcompare.comparison.model.rows import (
    Guard,
    Interval,
    Noise,
    Row,
    RunValue,
    Sample,
    SampleEvidence,
    Test,
    main_cost,
)
from runcompare.comparison.model.words import Advice, Assessment, Axis, GuardWord, Note, Place, Role, Strength

__all__ = [
    "Advice",
    "Assessment",
    "Axis",
    "ConfigChange",
    "Corrected",
    "CorrectedChange",
    "Curve",
    "Evidence",
    "Expected",
    "FinalChange",
    "Finding",
    "Guard",
    "GuardWord",
    "Interval",
    "IsoCost",
    "KeyFamily",
    "MetricCurve",
    "Noise",
    "NotRun",
    "Note",
    "Outlook",
    "Pair",
    "Pairing",
    "Place",
    "PriceOfGain",
    "PriceOfKnowing",
    "Recommendation",
    "Role",
    "Row",
    "RunValue",
    "Sample",
    "SampleEvidence",
    "SeedCurve",
    "StageComparison",
    "Strength",
    "Test",
    "Tried",
    "main_cost",
]
