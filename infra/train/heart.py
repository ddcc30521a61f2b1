"""The heart model: its inputs in the order of cleveland.csv, and what its card says."""

from inputs import NO_YES, category, integer, number

NAME = "heart"
TABLE = "cleveland.csv"

INPUTS = [
    integer("age", "Age", "years", 18, 110, "Age in completed years.", required=True),
    category("sex", "Sex", [(0, "female", "female"), (1, "male", "male")], "Sex as recorded.", required=True),
    category("chest_pain", "Chest pain", [
        (1, "typical_angina", "typical angina"),
        (2, "atypical_angina", "atypical angina"),
        (3, "non_anginal", "pain that is not angina"),
        (4, "asymptomatic", "no chest pain"),
    ], "Kind of chest pain.", required=True),
    number("resting_blood_pressure", "Systolic blood pressure at rest", "mmHg", 60, 260,
           "Systolic blood pressure at rest, on admission.", required=True),
    number("cholesterol", "Serum cholesterol", "mg/dL", 80, 700, "Total serum cholesterol.", required=False),
    category("fasting_glucose_above_120", "Fasting glucose above 120 mg/dL", NO_YES,
             "Whether fasting blood glucose is above 120 mg/dL.", required=False),
    category("resting_ecg", "ECG at rest", [
        (0, "normal", "normal"),
        (1, "st_t_abnormality", "T wave inversion, or ST elevation or depression above 0.05 mV"),
        (2, "left_ventricular_hypertrophy", "probable or definite hypertrophy by Estes' criteria"),
    ], "Reading of the electrocardiogram at rest.", required=False),
    integer("max_heart_rate", "Highest heart rate", "bpm", 50, 240, "Highest heart rate reached in the exercise test.",
            required=False),
    category("exercise_angina", "Angina on exercise", NO_YES, "Whether exercise brought on angina.", required=False),
    number("st_depression", "ST depression", "mm", 0, 10, "ST depression on exercise relative to rest.",
           required=False),
    category("st_slope", "Slope of ST", [(1, "up", "upsloping"), (2, "flat", "flat"), (3, "down", "downsloping")],
             "Slope of the ST segment at peak exercise.", required=False),
    integer("major_vessels", "Major vessels", "vessels", 0, 3, "Major vessels coloured by fluoroscopy.",
            required=False),
    category("thallium_scan", "Thallium scan", [
        (3, "normal", "normal"),
        (6, "fixed_defect", "defect at rest and on exercise"),
        (7, "reversible_defect", "defect on exercise alone"),
    ], "Result of the thallium perfusion scan.", required=False),
]

EXAMPLE = {
    "age": 57,
    "sex": "male",
    "chest_pain": "non_anginal",
    "resting_blood_pressure": 142,
    "cholesterol": 251,
    "fasting_glucose_above_120": "no",
    "resting_ecg": "normal",
    "max_heart_rate": 148,
    "exercise_angina": "no",
    "st_depression": 1.2,
    "st_slope": "flat",
    "major_vessels": None,
    "thallium_scan": None,
}

CARD = {
    "title": "Coronary heart disease from clinical findings",
    "description": "Probability of a coronary artery narrowed by more than half, from findings made before angiography.",
    "classes": ["no heart disease", "heart disease"],
    "training": {
        "data": "Heart Disease, processed Cleveland table",
        "source": "Cleveland Clinic Foundation (R. Detrano), via the UCI Machine Learning Repository",
        "licence": "CC-BY-4.0",
        "population": "303 patients referred to the Cleveland Clinic for coronary angiography, 1981 to 1984",
    },
    "intendedUse": "Teaching, and showing how a tabular model is served. Not for diagnosis, screening or treatment.",
    "limits": [
        "Trained on 303 patients of one clinic who were already referred for angiography: 46 % had the disease.",
        "In a population with fewer cases the probabilities are too high.",
        "Two in three of the patients were men.",
    ],
}
