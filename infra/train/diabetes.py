"""The diabetes model: its inputs in the order of pima.csv, and what its card says."""

from inputs import integer, number

NAME = "diabetes"
TABLE = "pima.csv"

INPUTS = [
    integer("pregnancies", "Pregnancies", "pregnancies", 0, 25, "Number of times pregnant.", required=True),
    number("glucose", "Plasma glucose at 2 hours", "mg/dL", 30, 600,
           "Plasma glucose two hours into an oral glucose tolerance test.", required=True, tableZeroMeansMissing=True),
    number("diastolic_blood_pressure", "Diastolic blood pressure", "mmHg", 20, 200,
           "Diastolic blood pressure at rest.", required=False, zeroMeansMissing=True),
    number("triceps_skinfold", "Triceps skin fold", "mm", 3, 110, "Thickness of the skin fold over the triceps.",
           required=False, zeroMeansMissing=True),
    number("insulin", "Serum insulin at 2 hours", "µU/mL", 1, 1000,
           "Serum insulin two hours into an oral glucose tolerance test.", required=False, zeroMeansMissing=True),
    number("bmi", "Body mass index", "kg/m²", 10, 90, "Weight divided by the square of height.", required=True,
           tableZeroMeansMissing=True),
    number("diabetes_pedigree", "Diabetes pedigree function", "points", 0, 3,
           "Family history of diabetes weighted by kinship (Smith et al., 1988).", required=False),
    integer("age", "Age", "years", 18, 110, "Age in completed years.", required=True),
]

EXAMPLE = {
    "pregnancies": 2,
    "glucose": 138,
    "diastolic_blood_pressure": 76,
    "triceps_skinfold": None,
    "insulin": None,
    "bmi": 33.4,
    "diabetes_pedigree": 0.42,
    "age": 41,
}

CARD = {
    "title": "Diabetes from routine measurements",
    "description": "Probability that diabetes is diagnosed within five years, from eight routine measurements.",
    "classes": ["no diabetes", "diabetes"],
    "training": {
        "data": "Pima Indians Diabetes Database",
        "source": "National Institute of Diabetes and Digestive and Kidney Diseases, via the UCI Machine Learning Repository",
        "licence": "CC0-1.0 (as published on Kaggle)",
        "population": "Women of at least 21 years and of Pima heritage near Phoenix, Arizona",
    },
    "intendedUse": "Teaching, and showing how a tabular model is served. Not for diagnosis, screening or treatment.",
    "limits": [
        "Trained on 768 women of one community in the 1980s; not validated on men, on other populations or on care of today.",
        "Women under 21 years, and values outside those of the training data, are extrapolated.",
        "Skin fold and insulin were missing in 30 % and 49 % of the training rows.",
    ],
}
