"""Numbers from fits: what the closed forms of `measures` cannot give.

regression      log rate = stratum + group, Poisson quasi-likelihood, strata absorbed
covariance      the standard errors of such a fit: Poisson, quasi, clustered, and clustered with few clusters
random_effects  log ratios of several forces: mean, spread between forces, prediction for another force
conditional     the same from the counts themselves, so that forces with a zero stay in
pooled          ratios within and between forces by these fits, as the measures table
shrinkage       force ratios drawn towards their mean as far as their counts leave it open
ranks           what can be said of the order of forces
"""
