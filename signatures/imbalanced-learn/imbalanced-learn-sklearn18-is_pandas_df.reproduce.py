from imblearn.pipeline import Pipeline
from imblearn.over_sampling import RandomOverSampler

print(Pipeline([("over", RandomOverSampler())]))
