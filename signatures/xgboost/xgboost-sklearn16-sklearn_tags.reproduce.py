from sklearn.base import is_classifier
from xgboost import XGBClassifier

print(is_classifier(XGBClassifier()))
