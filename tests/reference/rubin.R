# Reference values for tests/test_imputation.py and tests/test_unknown.py. Run in this folder: Rscript rubin.R
# R 4.2.2, mice 3.15.0 (Debian r-cran-mice); the critical values of Imbens and Manski are base R.
options(digits = 15)

write_reference <- function(table, name) {
  write.csv(format(table, digits = 15, trim = TRUE, scientific = FALSE), name, row.names = FALSE, quote = FALSE)
}

# 1. Rubin's rules on fixed draws: mice::pool.scalar, whose n - k are the degrees of freedom of complete data.
draws <- data.frame(
  set = rep(c("a", "b", "c"), c(5, 8, 3)),
  estimate = c(1.61, 1.72, 1.55, 1.68, 1.70, 0.21, 0.35, 0.12, 0.44, 0.27, 0.30, 0.19, 0.25, -0.5, -0.47, -0.54),
  variance = c(0.0021, 0.0025, 0.0019, 0.0024, 0.0022, 0.09, 0.1, 0.08, 0.11, 0.09, 0.1, 0.09, 0.1, 0.04, 0.041, 0.039)
)
df_complete <- c(a = 11, b = Inf, c = 5)
pooled <- do.call(rbind, lapply(names(df_complete), function(set) {
  rows <- draws[draws$set == set, ]
  pool <- mice::pool.scalar(rows$estimate, rows$variance, n = df_complete[[set]] + 1, k = 1)
  large <- mice::pool.scalar(rows$estimate, rows$variance, n = Inf, k = 1)
  data.frame(
    set = set, df_complete = df_complete[[set]], estimate = pool$qbar, within = pool$ubar, between = pool$b,
    total = pool$t, df = pool$df, fraction_missing = large$fmi
  )
}))
write_reference(draws, "rubin_draws.csv")
write_reference(pooled, "rubin_pooled.csv")

# 2. Imbens and Manski (2004): c solves pnorm(c + width) - pnorm(-c) = level, width in standard errors.
values <- expand.grid(width = c(0, 0.01, 0.1, 0.5, 1, 2, 3.5, 6, 30), level = c(0.9, 0.95, 0.99))
values$critical <- mapply(function(width, level) {
  uniroot(function(c) pnorm(c + width) - pnorm(-c) - level, c(0, 10), tol = 1e-14)$root
}, values$width, values$level)
write_reference(values, "imbens_manski.csv")
