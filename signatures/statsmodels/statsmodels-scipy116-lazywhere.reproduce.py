import statsmodels.api as sm

print(sm.OLS([1.0, 2.0, 3.0], [1.0, 2.0, 3.1]).fit().params)
